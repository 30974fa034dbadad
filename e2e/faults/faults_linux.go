// Package faults stands between a program and the kernel. It is told of each call by which the program
// opens, writes, syncs, truncates or removes a file, or makes or accepts a connection, before the kernel carries it out. It
// lets the kernel go on, answers with an error in its place, or kills the program at that very call.
//
// It uses Linux's seccomp with a listener, so that any program can be watched as it is: SQLite's writes are
// system calls of the Go program, which no library in between would see.
package faults

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Call is a system call that has not happened yet.
type Call struct {
	Kind Kind
	File string // what is written, synced or truncated; "" for the other kinds
	New  bool   // an Open that may write to the file, or make one
}

// Kind is what a call does.
type Kind int

// The kinds of calls that are watched.
const (
	Open    Kind = iota + 1 // of a file
	Connect                 // a new socket, or a connection that is accepted
	Write
	Sync
	Truncate
	Remove
)

// Kill, as an answer of a Gate, kills the program.
const Kill = syscall.Errno(1 << 16)

// Gate decides about a program's calls. The zero value lets everything pass.
type Gate struct {
	mu     sync.Mutex
	answer func(Call) syscall.Errno
}

// Set has answer decide about each call from now on: 0 has the kernel carry it out, Kill kills the program,
// another number is the error that the program gets. It is asked about one call at a time. nil lets
// everything pass.
func (g *Gate) Set(answer func(Call) syscall.Errno) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer = answer
}

// ErrUnavailable says that this system does not let a program be watched.
var ErrUnavailable = errors.New("this system has no seccomp with a listener")

// inherited is the number that the first of exec.Cmd.ExtraFiles has in the new process.
const inherited = 3

// watchedPath is the environment variable with the program that a new process is to become.
const watchedPath = "DUKANI_WATCHED"

// Start starts cmd, whose calls g sees from its first instruction on. The program that calls it
// must begin with Become. Errors: ErrUnavailable.
func (g *Gate) Start(cmd *exec.Cmd) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "ours"), os.NewFile(uintptr(pair[1]), "theirs")
	defer ours.Close()
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, watchedPath+"="+cmd.Path)
	cmd.Path, cmd.ExtraFiles = self, []*os.File{theirs}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return err
	}
	listener, err := receive(ours)
	if err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	go g.serve(listener, cmd.Process)
	return nil
}

// Become turns a process that Start has started into the program, and returns in any other. It is called
// first in main or TestMain.
func Become() error {
	path := os.Getenv(watchedPath)
	if path == "" {
		return nil
	}
	if err := os.Unsetenv(watchedPath); err != nil {
		return err
	}
	runtime.LockOSThread() // the filter belongs to this thread, which the program inherits
	listener, err := watch()
	if err != nil {
		return err
	}
	if err := unix.Sendmsg(inherited, []byte{0}, unix.UnixRights(listener), nil, 0); err != nil {
		return err
	}
	if err := unix.Close(inherited); err != nil {
		return err
	}
	return syscall.Exec(path, os.Args, os.Environ())
}

// watch has the kernel ask before each of the calls, and returns where it asks.
func watch() (listener int, err error) {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return 0, err
	}
	const numberAt = 0 // where the filter reads the call's number
	filter := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: numberAt}}
	for number := range kinds {
		filter = append(filter,
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: uint32(number)},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF})
	}
	filter = append(filter, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	// Where the kernel can do so, a signal does not interrupt a call that waits for its answer: the call would be made, and
	// counted, a second time.
	for _, flags := range []uintptr{unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER} {
		fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&program)))
		if errno == 0 {
			return int(fd), nil
		}
		err = errno
	}
	return 0, err
}

// receive takes the listener that the new process sends.
func receive(from *os.File) (listener int, err error) {
	conn, err := net.FileConn(from)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	rights := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := conn.(*net.UnixConn).ReadMsgUnix(make([]byte, 1), rights)
	if err != nil {
		return 0, err
	}
	messages, err := unix.ParseSocketControlMessage(rights[:n])
	if err != nil || len(messages) == 0 {
		return 0, errors.Join(err, errors.New("the new process has sent no listener"))
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return 0, err
	}
	unix.CloseOnExec(fds[0])
	return fds[0], nil
}

// notification and response are the kernel's struct seccomp_notif and seccomp_notif_resp.
type notification struct {
	id     uint64
	thread uint32
	_      uint32 // flags
	number int32
	_      uint32 // architecture
	_      uint64 // instruction
	args   [6]uint64
}

type response struct {
	id    uint64
	_     int64 // what the call returns
	err   int32
	flags uint32
}

const goOn = 1 // SECCOMP_USER_NOTIF_FLAG_CONTINUE

// serve answers the kernel until the program has ended.
func (g *Gate) serve(listener int, program *os.Process) {
	defer unix.Close(listener)
	for {
		ready := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(ready, -1); errors.Is(err, unix.EINTR) {
			continue
		}
		if ready[0].Revents&unix.POLLIN == 0 {
			return // nobody is left who could call
		}
		var n notification
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&n))); errno != 0 {
			continue // the caller has gone meanwhile
		}
		r := response{id: n.id}
		switch answer := g.decide(&n); answer {
		case 0:
			r.flags = goOn
		case Kill:
			_ = program.Kill() // the call stays unanswered
			continue
		default:
			r.err = -int32(answer)
		}
		// It fails if the caller has gone meanwhile.
		_, _, _ = unix.Syscall(unix.SYS_IOCTL, uintptr(listener), unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&r)))
	}
}

func (g *Gate) decide(n *notification) syscall.Errno {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.answer == nil {
		return 0
	}
	c := Call{Kind: kinds[int(n.number)]}
	switch c.Kind {
	case Write, Sync, Truncate:
		c.File, _ = os.Readlink("/proc/" + strconv.Itoa(int(n.thread)) + "/fd/" + strconv.Itoa(int(n.args[0]))) // "" once it is closed
	case Open:
		flags := n.args[1]
		if n.number == unix.SYS_OPENAT {
			flags = n.args[2]
		}
		c.New = flags&(unix.O_WRONLY|unix.O_RDWR|unix.O_CREAT) != 0
	}
	return g.answer(c)
}
