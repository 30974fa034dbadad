// Package postgres runs a PostgreSQL server for tests: from Debian's package, in a temporary folder,
// reached on this machine only, gone when it is stopped. It can be killed like any other program.
package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Server is a running server with an empty database. Make it with Start.
type Server struct {
	// URL is the address of the database, which anybody on this machine may use.
	URL string

	bin, folder string
	port        int
	who         *syscall.Credential // nil: whoever runs this program
	log         *os.File
	cmd         *exec.Cmd
	ended       chan struct{}
}

// ErrNotInstalled says that there is no server to run.
var ErrNotInstalled = errors.New("no PostgreSQL 15 or later in /usr/lib/postgresql; install Debian's package postgresql, or name a server's database")

// startTime is how long a server may take until it takes connections, after a crash, too.
const startTime = 60 * time.Second

// programs finds the newest server that is installed.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	best, newest := "", 14
	for _, path := range found {
		if v, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))); err == nil && v > newest {
			best, newest = filepath.Dir(path), v
		}
	}
	if best == "" {
		return "", ErrNotInstalled
	}
	return best, nil
}

// Start makes a cluster and starts its server. settings are added to its command line, such as
// "max_connections=50".
func Start(ctx context.Context, settings ...string) (s *Server, err error) {
	s = &Server{}
	if s.bin, err = programs(); err != nil {
		return nil, err
	}
	if s.folder, err = os.MkdirTemp("", "dukani-postgres-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
		}
	}()
	if err := s.becomePostgres(); err != nil {
		return nil, err
	}
	if s.log, err = os.Create(filepath.Join(s.folder, "log")); err != nil {
		return nil, err
	}
	if err := s.run(ctx, "initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"); err != nil {
		return nil, err
	}
	if s.port, err = freePort(); err != nil {
		return nil, err
	}
	s.URL = fmt.Sprintf("postgres://postgres@127.0.0.1:%d/dukani?sslmode=disable", s.port)
	if err := s.serve(ctx, settings); err != nil {
		return nil, err
	}
	return s, s.run(ctx, "createdb", "-h", s.folder, "-p", strconv.Itoa(s.port), "-U", "postgres", "dukani")
}

// becomePostgres has root's servers run as the user postgres, as the server demands.
func (s *Server) becomePostgres() error {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return err
	}
	s.who = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(s.folder, int(uid), int(gid))
}

// PID is the number of the server's first process, whose children serve the connections.
func (s *Server) PID() int { return s.cmd.Process.Pid }

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

func (s *Server) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, program), args...)
	cmd.Dir = s.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.who, Pdeathsig: syscall.SIGQUIT}
	return cmd
}

// run runs one of the server's programs to its end.
func (s *Server) run(ctx context.Context, program string, args ...string) error {
	if said, err := s.command(ctx, program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, bytes.TrimSpace(said))
	}
	return nil
}

// serve starts the server and waits until it takes connections. After a crash its first tries can
// fail, as long as processes of the dead one hold its memory.
func (s *Server) serve(ctx context.Context, settings []string) error {
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.folder, "-c", "listen_addresses=127.0.0.1"}
	for _, one := range settings {
		args = append(args, "-c", one)
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if s.cmd == nil || s.gone() {
			s.cmd = s.command(context.WithoutCancel(ctx), "postgres", args...)
			s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
			if err := s.cmd.Start(); err != nil {
				return err
			}
			cmd, ended := s.cmd, make(chan struct{})
			s.ended = ended
			go func() {
				_ = cmd.Wait() // its log says why
				close(ended)
			}()
		}
		if s.run(ctx, "pg_isready", "-q", "-h", s.folder, "-p", strconv.Itoa(s.port)) == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			said, _ := os.ReadFile(s.log.Name())
			return fmt.Errorf("postgres: %w\n%s", ctx.Err(), said)
		case <-tick.C:
		}
	}
}

func (s *Server) gone() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// Kill kills the server at once, with kill -9.
func (s *Server) Kill() error {
	if err := s.cmd.Process.Kill(); err != nil {
		return err
	}
	<-s.ended
	return nil
}

// Restart starts a server that was killed, on the same data.
func (s *Server) Restart(ctx context.Context, settings ...string) error {
	return s.serve(ctx, settings)
}

// Freeze stops the server with all that it does for its clients, who learn nothing of it: connections stay,
// new ones are taken by the system, and nothing is answered until Thaw.
func (s *Server) Freeze() error { return s.signalAll(syscall.SIGSTOP) }

// Thaw has a server go on that was frozen.
func (s *Server) Thaw() error { return s.signalAll(syscall.SIGCONT) }

// signalAll signals the server, first, and the processes that it has made for its clients.
func (s *Server) signalAll(sig syscall.Signal) error {
	if err := s.cmd.Process.Signal(sig); err != nil {
		return err
	}
	pid := strconv.Itoa(s.cmd.Process.Pid)
	children, err := os.ReadFile("/proc/" + pid + "/task/" + pid + "/children")
	for _, child := range bytes.Fields(children) {
		n, bad := strconv.Atoi(string(child))
		err = errors.Join(err, bad, syscall.Kill(n, sig))
	}
	return err
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	var err error
	if s.cmd != nil && !s.gone() {
		_ = s.Thaw()                                // one that is frozen would not hear
		err = s.cmd.Process.Signal(syscall.SIGQUIT) // at once: nobody needs its data any more
		<-s.ended
	}
	if s.log != nil {
		err = errors.Join(err, s.log.Close())
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}

// freePort is a port that nobody uses now.
func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return ln.Addr().(*net.TCPAddr).Port, ln.Close()
}
