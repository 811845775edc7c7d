// Command table reads what `go test -json ./internal/interop` prints, shows of it what failed, and writes the README's table of
// peers out of the rows that passed:
//
//	go test -json ./internal/interop | go run ./internal/interop/table -check README.md
//	go test -json ./internal/interop | go run ./internal/interop/table -write README.md
//
// Its status is 1 if a test failed, and, with -check, if the table in the file is not what these rows showed.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"
)

func main() {
	log.SetFlags(0)
	check := flag.String("check", "", "compare the table in this `file`")
	write := flag.String("write", "", "write the table into this `file`")
	flag.Parse()
	run, err := read(os.Stdin, os.Stdout)
	if err != nil {
		log.Fatal(err)
	}
	if run.failed {
		os.Exit(1) // what failed was shown
	}
	if file := *check + *write; file == "" {
		fmt.Print(table(run.rows()))
	} else if err := place(file, table(run.rows()), *write != ""); err != nil {
		log.Fatal(err)
	}
}

// The lines between which the table stands.
const (
	above = "<!-- Written by internal/interop/table out of what passed: make table -->\n"
	below = "<!-- end of what internal/interop/table wrote -->\n"
)

// place puts the table into a file, or says if the one that is there is another.
func place(file, table string, write bool) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(text), above)
	old, tail, ends := strings.Cut(rest, below)
	switch {
	case !ok || !ends:
		return fmt.Errorf("%s has no line %q with %q after it", file, strings.TrimSpace(above), strings.TrimSpace(below))
	case write:
		return os.WriteFile(file, []byte(head+above+table+below+tail), 0o666)
	case old != table:
		return errors.New(file + ": the table of peers is not what the tests showed (make table writes it):\n" + table)
	}
	return nil
}
