package xmlscan

// XML Names, 3: what the reserved prefixes stand for
const (
	spaceXML   = "http://www.w3.org/XML/1998/namespace"
	spaceXMLNS = "http://www.w3.org/2000/xmlns/"
)

// A Binding is a prefix, "" for the default namespace, and the namespace that it stands for.
type Binding struct {
	Prefix, Space string
}

// namespaces holds the bindings in scope: a stack of them, and a stack of the different prefixes, each of which knows
// its innermost binding. Both shrink when an element ends, so nothing depends on how many were there before.
type namespaces struct {
	bound    []binding
	prefixes []prefix
	more     map[string]int // prefixes beyond the first few, which are searched one by one
	ids      map[string]int // of namespaces, see id
	order    []sorted       // room for repeatedMany
}

type binding struct {
	space  string
	prefix int  // index in prefixes
	outer  int  // the binding that this one shadows, -1: none
	hidden bool // shadowed by another
	id     int  // 0: not given yet
}

type prefix struct {
	key  uint64 // the first eight bytes of name
	name string
	top  int // its innermost binding
}

// Bindings and prefixes that are always there, by index.
const (
	noPrefix     = iota // no namespace for what has no prefix
	xmlPrefix           // the prefix xml
	firstBinding        // of the document
)

const few = 16 // that are searched or compared one by one; arbitrary

// reset leaves the bindings that are always there.
func (n *namespaces) reset() {
	n.cut(firstBinding)
	if cap(n.prefixes) > mostKept {
		n.more = nil
	}
	if len(n.ids) > mostKept {
		n.ids = nil
	}
	clear(n.ids)
	n.bound, n.prefixes, n.order = keep(n.bound), keep(n.prefixes), keep(n.order)
	n.bind("", "")
	n.bind("xml", spaceXML)
}

// bind pushes a binding.
func (n *namespaces) bind(name, space string) {
	key := keyOf(name)
	n.push(n.find(key, name), key, name, space)
}

// push is bind for a prefix whose key is known, and p, what find says of it.
func (n *namespaces) push(p int, key uint64, name, space string) {
	i := len(n.bound)
	outer := -1
	if p >= 0 {
		outer = n.prefixes[p].top
		n.bound[outer].hidden = true
		n.prefixes[p].top = i
	} else {
		p = len(n.prefixes)
		n.prefixes = append(n.prefixes, prefix{key: key, name: name, top: i})
		if p >= few {
			if n.more == nil {
				n.more = make(map[string]int)
			}
			n.more[name] = p
		}
	}
	n.bound = append(n.bound, binding{space: space, prefix: p, outer: outer})
}

// cut takes bindings away until size are left.
func (n *namespaces) cut(size int) {
	for i := len(n.bound) - 1; i >= size; i-- {
		x := &n.bound[i]
		if x.outer >= 0 {
			n.bound[x.outer].hidden = false
			n.prefixes[x.prefix].top = x.outer
		} else {
			// Later bindings are gone, so this prefix is the last one.
			if x.prefix >= few {
				delete(n.more, n.prefixes[x.prefix].name)
			}
			n.prefixes[x.prefix] = prefix{}
			n.prefixes = n.prefixes[:x.prefix]
		}
		*x = binding{}
		n.bound = n.bound[:i]
	}
}

// find returns the index of a prefix, -1 if it is not bound.
func (n *namespaces) find(key uint64, name string) int {
	for i := range n.prefixes[:min(len(n.prefixes), few)] {
		if p := &n.prefixes[i]; p.key == key && len(p.name) == len(name) && (len(name) <= 8 || p.name == name) {
			return i
		}
	}
	if len(n.prefixes) > few {
		if i, ok := n.more[name]; ok {
			return i
		}
	}
	return -1
}

// lookup returns the index of the binding in scope for a prefix, -1 if there is none.
func (n *namespaces) lookup(key uint64, name string) int {
	if p := n.find(key, name); p >= 0 {
		return n.prefixes[p].top
	}
	return -1
}

// id returns the same number for bindings of the same namespace. It exists so that comparing two attributes takes no
// longer for long namespaces: each name is looked at once for each time that it is declared.
func (n *namespaces) id(i int) int {
	x := &n.bound[i]
	if x.id == 0 {
		id, ok := n.ids[x.space]
		if !ok {
			if n.ids == nil {
				n.ids = make(map[string]int)
			}
			id = len(n.ids) + 1
			n.ids[x.space] = id
		}
		x.id = id
	}
	return x.id
}

// append appends bindings from an index on to dst; scope leaves out what does not count for what is inside.
func (n *namespaces) append(dst []Binding, from int, scope bool) []Binding {
	for i := from; i < len(n.bound); i++ {
		x := &n.bound[i]
		if scope && (x.hidden || x.prefix == xmlPrefix || x.space == "") {
			continue
		}
		dst = append(dst, Binding{Prefix: n.prefixes[x.prefix].name, Space: x.space})
	}
	return dst
}

// keyOf returns the first eight bytes of a prefix. There is no NUL in names, so shorter ones differ from longer ones.
func keyOf(name string) (key uint64) {
	for i := range min(len(name), 8) {
		key |= uint64(name[i]) << (8 * i)
	}
	return key
}
