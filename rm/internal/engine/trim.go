package engine

import "maps"

// trim gives back the memory that is kept for reuse: a session that is idle, perhaps one of very many, holds what it
// needs and no more. What is still in use stays.
func (s *Session[M]) trim() {
	if i := s.ini; i != nil {
		i.snd.Trim()
		i.pend.trim()
		i.free = nil
		tries := make(map[Try]attempt, len(i.tries)) // a clone would be as large as what it is made of
		maps.Copy(tries, i.tries)
		i.tries = tries
	}
	if a := s.acc; a != nil {
		a.rcv.Trim()
		a.replies.Trim()
		a.ready.trim()
		a.loose.trim()
		a.free = nil
		if len(a.reqs) == 0 {
			a.reqs = nil
		} else {
			fitting := make(map[Number]*request[M], len(a.reqs))
			maps.Copy(fitting, a.reqs)
			a.reqs = fitting
		}
	}
	s.out.trim()
}

// trim drops the slices that are empty.
func (q *queue[M]) trim() {
	drop(&q.store)
	drop(&q.transmit)
	drop(&q.finish)
	drop(&q.deliver)
	drop(&q.settle)
	drop(&q.drop)
	drop(&q.events)
}

func drop[T any](v *[]T) {
	if len(*v) == 0 {
		*v = nil
	}
}
