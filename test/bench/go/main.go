// SPDX-License-Identifier: Apache-2.0

// What is compared with go-runc, measured in Go: `bench_go state RUNTIME` and `bench_go decode FILE LINES`. Answers each
// byte on stdin with a float64 on stdout (little endian): how long it took, in microseconds for one call,
// in nanoseconds for one line.
package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"log"
	"os"
	"strconv"
	"time"

	runc "github.com/containerd/go-runc"
)

// endless gives the same line again and again, as a runtime's stdout does that never ends.
type endless struct {
	line []byte
	rest bytes.Reader
}

func (e *endless) Read(into []byte) (int, error) {
	if e.rest.Len() == 0 {
		e.rest.Reset(e.line)
	}
	return e.rest.Read(into)
}

func state(runtime string) func() float64 {
	client := &runc.Runc{Command: runtime}
	return func() float64 {
		began := time.Now()
		if _, err := client.State(context.Background(), "web"); err != nil {
			log.Fatal(err)
		}
		return float64(time.Since(began).Nanoseconds()) / 1e3
	}
}

// decode reads lines the way go-runc's Events does: one decoder for the stream, a new Event for each line.
func decode(path string, lines int) func() float64 {
	line, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	decoder := json.NewDecoder(&endless{line: line})
	return func() float64 {
		began := time.Now()
		for i := 0; i < lines; i++ {
			var event runc.Event
			if err := decoder.Decode(&event); err != nil || event.Stats == nil {
				log.Fatal("not read: ", err)
			}
		}
		return float64(time.Since(began).Nanoseconds()) / float64(lines)
	}
}

func measure(args []string) func() float64 {
	switch {
	case len(args) == 2 && args[0] == "state":
		return state(args[1])
	case len(args) == 3 && args[0] == "decode":
		lines, err := strconv.Atoi(args[2])
		if err != nil {
			log.Fatal(err)
		}
		return decode(args[1], lines)
	}
	log.Fatal("usage: bench_go state RUNTIME | decode FILE LINES")
	return nil
}

func main() {
	one := measure(os.Args[1:])
	for ask := make([]byte, 1); ; {
		if _, err := io.ReadFull(os.Stdin, ask); err != nil {
			return
		}
		if err := binary.Write(os.Stdout, binary.LittleEndian, one()); err != nil {
			log.Fatal(err)
		}
	}
}
