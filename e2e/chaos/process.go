package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a program that is killed and started again, on the same address and files.
type process struct {
	name   string
	path   string
	args   []string
	env    []string // of every start
	prefix string   // of the line on which it prints its address
	log    io.Writer
	launch func(*exec.Cmd) error // starts it; nil: by its Start

	mu     sync.Mutex
	cmd    *exec.Cmd
	ended  chan struct{} // closed when cmd has ended
	url    string
	starts int
}

// startTime is how long a program may take until it prints its address: both cores may be busy.
const startTime = 60 * time.Second

// start runs the program and waits for its address. more are settings of this start alone.
func (p *process) start(ctx context.Context, more ...string) error {
	cmd := exec.Command(p.path, p.args...)
	cmd.Env = append(append(os.Environ(), p.env...), more...)
	cmd.Stderr = p.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	launch := p.launch
	if launch == nil {
		launch = (*exec.Cmd).Start
	}
	if err := launch(cmd); err != nil {
		return err
	}
	ended, address := make(chan struct{}), make(chan string, 1)
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if url, ok := strings.CutPrefix(lines.Text(), p.prefix); ok {
				address <- url
			}
		}
		_ = cmd.Wait() // how it ended is known: it was killed, or its log says why
	}()
	p.mu.Lock()
	p.cmd, p.ended, p.starts = cmd, ended, p.starts+1
	p.mu.Unlock()
	late := time.NewTimer(startTime)
	defer late.Stop()
	select {
	case url := <-address:
		p.mu.Lock()
		p.url = url
		p.mu.Unlock()
		return nil
	case <-ended:
		return fmt.Errorf("%s ended before it served", p.name)
	case <-late.C:
		p.stop(syscall.SIGKILL)
		return fmt.Errorf("%s did not serve within %s", p.name, startTime)
	case <-ctx.Done():
		p.stop(syscall.SIGKILL)
		return ctx.Err()
	}
}

// stop sends the program a signal and waits until it is gone.
func (p *process) stop(sig syscall.Signal) {
	p.mu.Lock()
	cmd, ended := p.cmd, p.ended
	p.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(sig) // it may have ended by itself
	<-ended
}

// signal sends the program a signal.
func (p *process) signal(sig syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Signal(sig)
}

// running reports whether the program has not ended.
func (p *process) running() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return false
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// host is the address of the program without its scheme.
func (p *process) host() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.TrimPrefix(p.url, "http://")
}
