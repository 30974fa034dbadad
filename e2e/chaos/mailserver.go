package main

import (
	"bufio"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// mailServer takes every mail and remembers which of the shop's mails it was. A mail that was sent just
// before a kill is sent again, under the same id: a mail program shows it once.
type mailServer struct {
	listener net.Listener
	mu       sync.Mutex
	taken    map[int64]int // times, by the id of the shop's mail
}

func newMailServer() (*mailServer, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &mailServer{listener: ln, taken: map[int64]int{}}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return // closed
			}
			go s.talk(c)
		}
	}()
	return s, nil
}

func (s *mailServer) url() string { return "smtp://" + s.listener.Addr().String() }

func (s *mailServer) talk(c net.Conn) {
	defer c.Close()
	if c.SetDeadline(time.Now().Add(time.Minute)) != nil {
		return
	}
	lines := bufio.NewScanner(c)
	lines.Buffer(nil, 1<<20)
	say := func(text string) { fmt.Fprintf(c, "%s\r\n", text) }
	say("220 chaos")
	for lines.Scan() {
		switch verb := strings.ToUpper(lines.Text()); {
		case strings.HasPrefix(verb, "DATA"):
			say("354 go on")
			id := int64(0)
			for lines.Scan() && lines.Text() != "." {
				if value, ok := strings.CutPrefix(strings.ToLower(lines.Text()), "message-id: <mail-"); ok && id == 0 {
					number, _, _ := strings.Cut(value, "@")
					id, _ = strconv.ParseInt(number, 10, 64)
				}
			}
			s.mu.Lock()
			s.taken[id]++
			s.mu.Unlock()
			say("250 taken")
		case strings.HasPrefix(verb, "QUIT"):
			say("221 bye")
			return
		default:
			say("250 chaos")
		}
	}
}

// mails returns how often each mail of the shop was taken.
func (s *mailServer) mails() map[int64]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.taken)
}

func (s *mailServer) close() error { return s.listener.Close() }
