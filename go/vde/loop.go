//go:build linux

package vde

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"outlive.dev/go/outlive"
)

// The bits of an event, as the hub's header has them.
const (
	EventTimeout int16 = 0x01
	EventRead    int16 = 0x02
	EventWrite   int16 = 0x04
	EventPersist int16 = 0x10
)

// ErrLoopRuns is returned by Run while another goroutine runs the loop, and by Close.
var ErrLoopRuns = errors.New("vde: the loop is running: Stop it first, and wait for Run to return")

// ErrLoopClosed is returned by the methods of a Loop that was closed.
var ErrLoopClosed = errors.New("vde: the loop was closed: make a new one with NewLoop")

// A Loop is an event loop in Go, on epoll. It is an EventHandler: any number of hubs can be driven by
// one. Events are handled by the goroutine that is in Run, one at a time.
type Loop struct {
	epoll int
	wake  int // an eventfd
	ready [256]syscall.EpollEvent

	// turn is held while anything of the hubs runs, and by nothing else; owner is the thread that does.
	turn  sync.Mutex
	owner atomic.Int64

	running atomic.Bool
	stopped atomic.Bool

	// All below belongs to whoever has the turn.
	closed      bool
	watchers    *outlive.Tokens[*watcher]
	descriptors map[int32]*descriptor
	generation  int32
	timers      timers
	asleep      bool      // epoll waits, or is about to
	until       time.Time // for so long; zero: for ever
}

// watcher is one event or timeout of a hub.
type watcher struct {
	fd     int32 // -1 for a timeout
	events int16
	cb     EventCb
	arg    uintptr
	timer  timer
	dead   bool // deleted
	spent  bool // fired, and asked for once
}

// descriptor is what the loop watches in a file descriptor. A hub may have several watchers of one.
type descriptor struct {
	generation int32 // to know events of an earlier one of the same number by
	watchers   []*watcher
	live       int    // those that are not deleted
	armed      uint32 // what epoll knows
	dispatched bool   // its watchers are being called
}

// NewLoop makes a loop that watches nothing. Close gives its two file descriptors back.
func NewLoop() (*Loop, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("vde: make a loop: %w", err)
	}
	wake, err := eventfd()
	if err != nil {
		syscall.Close(epoll)
		return nil, fmt.Errorf("vde: make a loop: %w", err)
	}
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(wake)}
	if err := syscall.EpollCtl(epoll, syscall.EPOLL_CTL_ADD, wake, &event); err != nil {
		syscall.Close(wake)
		syscall.Close(epoll)
		return nil, fmt.Errorf("vde: make a loop: %w", err)
	}
	return &Loop{
		epoll:       epoll,
		wake:        wake,
		watchers:    outlive.NewTokens[*watcher]("event"),
		descriptors: map[int32]*descriptor{},
	}, nil
}

// Run handles events until Stop is called. It keeps the goroutine on one thread. Errors: ErrLoopRuns,
// ErrLoopClosed and those of epoll_wait.
func (l *Loop) Run() error {
	return l.run(func() (bool, time.Duration) { return l.stopped.Swap(false), -1 })
}

// RunOnce waits for events, at most that long (a negative timeout: for ever), and handles those that
// have come. Errors as those of Run.
func (l *Loop) RunOnce(timeout time.Duration) error {
	turns := 0
	return l.run(func() (bool, time.Duration) {
		turns++
		return turns > 1, timeout
	})
}

func (l *Loop) run(next func() (over bool, wait time.Duration)) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread := int64(syscall.Gettid())
	if l.owner.Load() == thread || !l.running.CompareAndSwap(false, true) {
		return ErrLoopRuns
	}
	defer l.running.Store(false)
	for {
		over, wait := next()
		if over {
			return nil
		}
		if err := l.turnOnce(thread, wait); err != nil {
			return err
		}
	}
}

func (l *Loop) turnOnce(thread int64, wait time.Duration) error {
	milliseconds, err := l.prepare(wait)
	if err != nil {
		return err
	}
	count, failed := syscall.EpollWait(l.epoll, l.ready[:], milliseconds)
	l.turn.Lock()
	l.owner.Store(thread)
	l.asleep = false
	defer func() {
		l.owner.Store(0)
		l.turn.Unlock()
	}()
	if failed != nil && failed != syscall.EINTR {
		return fmt.Errorf("vde: wait for events: %w", failed)
	}
	for i := range max(count, 0) {
		l.dispatch(l.ready[i])
	}
	l.fire(time.Now())
	return nil
}

// prepare gives how long epoll may wait, in milliseconds.
func (l *Loop) prepare(wait time.Duration) (int, error) {
	l.turn.Lock()
	defer l.turn.Unlock()
	if l.closed {
		return 0, ErrLoopClosed
	}
	l.asleep, l.until = true, time.Time{}
	if len(l.timers) > 0 {
		l.until = l.timers[0].at
		if due := max(time.Until(l.until), 0); wait < 0 || due < wait {
			wait = due
		}
	}
	if wait < 0 {
		return -1, nil
	}
	// Rounded up, so that a timer is due when it is looked at.
	return int((min(wait, time.Hour) + time.Millisecond - 1) / time.Millisecond), nil
}

// dispatch calls the watchers that wait for an event. Each may delete any of them, and add new ones.
func (l *Loop) dispatch(event syscall.EpollEvent) {
	if event.Fd == int32(l.wake) {
		var count [8]byte
		syscall.Read(l.wake, count[:])
		return
	}
	d := l.descriptors[event.Fd]
	if d == nil || d.generation != event.Pad {
		return // deleted by an earlier event of the same batch
	}
	came := came(event.Events)
	d.dispatched = true
	for _, w := range d.watchers {
		events := came & w.events & (EventRead | EventWrite)
		if events == 0 || w.dead || w.spent {
			continue
		}
		w.spent = w.events&EventPersist == 0
		w.cb.Call(w.fd, events, w.arg)
	}
	d.dispatched = false
	if d.live > 0 {
		l.arm(event.Fd, d)
	}
}

// came gives the hub's bits of epoll's. A hang-up and an error wake whoever waits.
func came(events uint32) (came int16) {
	if events&(syscall.EPOLLIN|syscall.EPOLLHUP|syscall.EPOLLERR) != 0 {
		came |= EventRead
	}
	if events&(syscall.EPOLLOUT|syscall.EPOLLHUP|syscall.EPOLLERR) != 0 {
		came |= EventWrite
	}
	return came
}

// arm forgets the deleted watchers of a descriptor and has epoll watch for the others.
func (l *Loop) arm(fd int32, d *descriptor) error {
	if d.dispatched {
		return nil // when its watchers have been called
	}
	var wanted uint32
	live := d.watchers[:0]
	for _, w := range d.watchers {
		if w.dead {
			continue
		}
		live = append(live, w)
		if w.spent {
			continue
		}
		if w.events&EventRead != 0 {
			wanted |= syscall.EPOLLIN
		}
		if w.events&EventWrite != 0 {
			wanted |= syscall.EPOLLOUT
		}
	}
	clear(d.watchers[len(live):])
	d.watchers = live
	if wanted == d.armed {
		return nil
	}
	return l.control(fd, d, wanted)
}

func (l *Loop) control(fd int32, d *descriptor, wanted uint32) error {
	operation := syscall.EPOLL_CTL_MOD
	switch {
	case d.armed == 0:
		operation = syscall.EPOLL_CTL_ADD
	case wanted == 0:
		operation = syscall.EPOLL_CTL_DEL
	}
	event := syscall.EpollEvent{Events: wanted, Fd: fd, Pad: d.generation}
	d.armed = wanted
	if l.closed {
		return nil // epoll's number may be another descriptor's by now
	}
	return syscall.EpollCtl(l.epoll, operation, int(fd), &event)
}

// EventAdd is called by the hub: it watches a file descriptor.
func (l *Loop) EventAdd(fd int32, events int16, timeout *Timeval, cb EventCb, arg uintptr) outlive.Token {
	if l.closed || cb.IsNil() || timeout != nil {
		return refuse(syscall.EINVAL) // no hub asks for both
	}
	w := &watcher{fd: fd, events: events, cb: cb, arg: arg}
	d := l.descriptors[fd]
	if d == nil {
		l.generation++
		d = &descriptor{generation: l.generation}
		l.descriptors[fd] = d
	}
	d.watchers = append(d.watchers, w)
	d.live++
	if err := l.arm(fd, d); err != nil {
		l.unwatch(w)
		return refuse(err)
	}
	return l.watchers.Insert(w)
}

// EventDel is called by the hub: its function is not called any more when this returns. A token that
// is not an event's is reported.
func (l *Loop) EventDel(event outlive.Token) {
	w, ok := l.watchers.Take(event)
	if !ok {
		return
	}
	l.timers.remove(&w.timer)
	l.unwatch(w)
}

func (l *Loop) unwatch(w *watcher) {
	w.dead = true
	d := l.descriptors[w.fd]
	if d == nil {
		return // a timeout
	}
	if d.live--; d.live > 0 {
		l.arm(w.fd, d)
		return
	}
	// The hub may close the descriptor now, and open another one of the same number.
	delete(l.descriptors, w.fd)
	if d.armed != 0 {
		l.control(w.fd, d, 0)
	}
}

// TimeoutAdd is called by the hub: it calls a function after a while.
func (l *Loop) TimeoutAdd(timeout *Timeval, events int16, cb EventCb, arg uintptr) outlive.Token {
	if l.closed || cb.IsNil() || timeout == nil {
		return refuse(syscall.EINVAL)
	}
	after := time.Duration(timeout.Sec)*time.Second + time.Duration(timeout.Usec)*time.Microsecond
	w := &watcher{fd: -1, events: events, cb: cb, arg: arg}
	w.timer = timer{at: time.Now().Add(after), every: after, watcher: w}
	l.timers.add(&w.timer)
	l.hurry(w.timer.at)
	return l.watchers.Insert(w)
}

// TimeoutDel is called by the hub, as EventDel.
func (l *Loop) TimeoutDel(timeout outlive.Token) { l.EventDel(timeout) }

// refuse says why in C's errno.
func refuse(why error) outlive.Token {
	var number syscall.Errno
	if errors.As(why, &number) {
		outlive.SetErrno(number)
	}
	return 0
}

// Do calls f where no event is handled, and returns when f has returned: at once from inside an event,
// else when the events that are being handled have been. The loop need not be running. Error:
// ErrLoopClosed.
func (l *Loop) Do(f func()) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread := int64(syscall.Gettid())
	if l.owner.Load() == thread {
		f()
		return nil
	}
	l.turn.Lock()
	defer l.turn.Unlock()
	if l.closed {
		return ErrLoopClosed
	}
	l.owner.Store(thread)
	defer l.owner.Store(0)
	f()
	return nil
}

// Watchers is how many events and timeouts the loop's hubs have.
func (l *Loop) Watchers() int { return l.watchers.Len() }

// Stop has Run return, when the events that are being handled have been; the next Run, if none is going
// on. Any goroutine may call it, from inside an event too.
func (l *Loop) Stop() {
	l.stopped.Store(true)
	l.awake()
}

// Close gives the loop's file descriptors back. Close its hubs first: those that are left are not served
// any more. Errors: ErrLoopRuns, ErrLoopClosed.
func (l *Loop) Close() error {
	if !l.running.CompareAndSwap(false, true) {
		return ErrLoopRuns
	}
	defer l.running.Store(false)
	l.turn.Lock()
	defer l.turn.Unlock()
	if l.closed {
		return ErrLoopClosed
	}
	l.closed = true
	return errors.Join(syscall.Close(l.epoll), syscall.Close(l.wake))
}

// hurry wakes epoll if it would wait for longer.
func (l *Loop) hurry(until time.Time) {
	if l.asleep && (l.until.IsZero() || until.Before(l.until)) {
		l.awake()
	}
}

func (l *Loop) awake() {
	one := [8]byte{1}
	// It fails when the loop is to wake anyway.
	syscall.Write(l.wake, one[:])
}

// eventfd makes a descriptor to wake epoll with.
func eventfd() (int, error) {
	const nonblocking, closeOnExec = syscall.O_NONBLOCK, syscall.O_CLOEXEC
	fd, _, errno := syscall.RawSyscall(syscall.SYS_EVENTFD2, 0, nonblocking|closeOnExec, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}
