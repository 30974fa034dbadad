package main

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
)

// wire stands between a client and PostgreSQL, and passes their connections on, message by message.
type wire struct {
	listener net.Listener
	to       string
	// message is asked about each message of the client but its good-bye, before the server has it. If it returns a
	// function, the message is not passed on: the function is called in its place, and may pass it on by what it is given.
	message func(text []byte) (instead func(pass func() error))

	mu   sync.Mutex
	open map[net.Conn]bool
}

// newWire returns a wire to the server of a database, and the address by which the database is reached through it.
func newWire(address string, message func([]byte) func(func() error)) (w *wire, through string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", err
	}
	w = &wire{to: u.Host, message: message, open: map[net.Conn]bool{}}
	if w.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, "", err
	}
	u.Host = w.listener.Addr().String()
	go func() {
		for {
			c, err := w.listener.Accept()
			if err != nil {
				return // closed
			}
			go w.pass(c)
		}
	}()
	return w, u.String(), nil
}

// close ends the wire with all that runs through it.
func (w *wire) close() error {
	err := w.listener.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.open {
		c.Close()
	}
	return err
}

// pass serves one connection until either side ends it.
func (w *wire) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer server.Close()
	for _, c := range []net.Conn{client, server} {
		w.mu.Lock()
		w.open[c] = true
		w.mu.Unlock()
		defer func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			delete(w.open, c)
		}()
	}
	go func() {
		_, _ = io.Copy(client, server)
		client.Close()
	}()
	// The first message has no letter before its length.
	for header := make([]byte, 4); ; header = make([]byte, 5) {
		m, err := readMessage(client, header)
		if err != nil {
			return
		}
		forward := func() error {
			_, err := server.Write(m)
			return err
		}
		if terminates := len(header) == 5 && header[0] == 'X'; !terminates {
			if instead := w.message(m); instead != nil {
				instead(forward)
				return
			}
		}
		if forward() != nil {
			return
		}
	}
}

// readMessage reads a message into header, which ends with its length, and what it makes room for.
func readMessage(from io.Reader, header []byte) ([]byte, error) {
	if _, err := io.ReadFull(from, header); err != nil {
		return nil, err
	}
	const lengthSize = 4
	length := binary.BigEndian.Uint32(header[len(header)-lengthSize:])
	if length < lengthSize {
		return nil, errors.New("a message that is shorter than its length")
	}
	m := append(header, make([]byte, length-lengthSize)...)
	_, err := io.ReadFull(from, m[len(header):])
	return m, err
}
