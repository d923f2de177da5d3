//go:build linux

package vde

// #include <stdlib.h>
// #include <vde_hub.h>
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"outlive.dev/go/outlive"
)

// ErrContextClosed is returned by the methods of a Context that was closed.
var ErrContextClosed = errors.New("vde: the hub was closed: make a new one with NewContext")

// A Driver is an EventHandler that knows how to run a function while no event of its hubs is handled.
type Driver interface {
	EventHandler
	// Do calls f and returns when f has returned. No event is handled meanwhile by another goroutine. It
	// may be called from anywhere, from inside an event's handling too. Error: f was not called.
	Do(f func()) error
}

// A Context is a hub with its event handler: the C library keeps the handler's table, and this keeps it
// alive.
type Context struct {
	hub     *hub
	cleanup runtime.Cleanup
}

// hub is what a Context's methods share with its cleanup.
type hub struct {
	pointer *C.vde_context // nil when closed
	handler EventHandler
	keeper  keeper
}

// keeper keeps the table that the C library has. Its methods are called where the hub may be used.
type keeper interface {
	Table() unsafe.Pointer
	ID() uint64
	Inspect() ([]outlive.Member, error)
	// Revoke ends the table, but for what the hub gives back.
	Revoke() error
	// Release revokes it, and gives back all that it took. The hub has ended.
	Release() error
	ResumePanic()
}

// goKeeper is a table whose callbacks are methods in Go.
type goKeeper struct {
	*Held
	tracker *tracker
}

func (k *goKeeper) Revoke() error {
	_, err := k.Held.Revoke()
	return err
}

func (k *goKeeper) Release() error {
	k.tracker.deleteAll()
	return k.Held.Release()
}

// NewContext makes a hub on an event handler. It listens nowhere yet. The options are for a handler whose
// callbacks are methods in Go: they say nothing of NativeHandler's.
//
// Errors: those of Hold, and syscall.ENOMEM.
func NewContext(handler EventHandler, options ...outlive.Option) (*Context, error) {
	return newContext(handler, options, func(h *hub) error { return h.begin(h.keeper.Table()) })
}

// NewContextWithCopy is NewContext for a hub that gets a copy of the table in malloc's memory, which it
// frees when it ends.
//
// Errors: those of NewContext; ErrUnsupported for NativeHandler.
func NewContextWithCopy(handler EventHandler, options ...outlive.Option) (*Context, error) {
	return newContext(handler, options, func(h *hub) error {
		held, ok := h.keeper.(*goKeeper)
		if !ok {
			return fmt.Errorf("vde: copy the native handler's table: %w", outlive.ErrUnsupported)
		}
		table, err := held.Malloc()
		if err != nil {
			return err
		}
		if err := h.begin(table); err != nil {
			C.free(table)
			return err
		}
		C.vde_hub_own_handler(h.pointer)
		return nil
	})
}

func newContext(handler EventHandler, options []outlive.Option, begin func(*hub) error) (*Context, error) {
	kept, err := keep(handler, options)
	if err != nil {
		return nil, err
	}
	h := &hub{handler: handler, keeper: kept}
	if err = h.do(func() error { return begin(h) }); err != nil {
		kept.Release()
		return nil, err
	}
	c := &Context{hub: h}
	c.cleanup = runtime.AddCleanup(c, (*hub).drop, h)
	return c, nil
}

func keep(handler EventHandler, options []outlive.Option) (keeper, error) {
	if handler == nil {
		return nil, fmt.Errorf("vde: make a hub: %w", outlive.ErrNilHost)
	}
	// The line of NewContext's caller, past keep, newContext and NewContext.
	const skip = 3
	if native, ok := handler.(*Native); ok {
		made, err := native.thread.hold(skip)
		if err != nil {
			return nil, err
		}
		return made, nil
	}
	tracker := newTracker(handler)
	held, err := Hold(tracker, append([]outlive.Option{outlive.CallerSkip(skip)}, options...)...)
	if err != nil {
		return nil, err
	}
	return &goKeeper{held, tracker}, nil
}

func (h *hub) begin(table unsafe.Pointer) error {
	pointer, err := C.init_vde_context((*C.vde_event_handler)(table))
	if pointer == nil {
		return fmt.Errorf("vde: make a hub: %w", err)
	}
	h.pointer = pointer
	return nil
}

// Revoke ends the handler's table before the hub: what the hub still asks of its handler is refused. The
// events that it has go on, until it gives them back: at Close, which is what is left to do.
//
// Errors: ErrContextClosed, outlive.ErrReleased.
func (c *Context) Revoke() error {
	return c.use(func(*C.vde_context) error { return c.hub.keeper.Revoke() })
}

// ID is the number of the handler's table in outlive.Ledger.
func (c *Context) ID() uint64 { return c.hub.keeper.ID() }

// Inspect reads the handler's table as the hub sees it. Errors: ErrContextClosed.
func (c *Context) Inspect() (members []outlive.Member, err error) {
	err = c.use(func(*C.vde_context) (failed error) {
		members, failed = c.hub.keeper.Inspect()
		return failed
	})
	return members, err
}

// Listen starts to listen in a directory, which is made if it is not there.
//
// Errors: ErrContextClosed, and as syscall.Errno those of vde_hub_listen: EALREADY, EADDRINUSE (a
// hub or switch lives there), ENAMETOOLONG, ENOTSOCK, ECANCELED and those of the system.
func (c *Context) Listen(directory string) error {
	return c.use(func(pointer *C.vde_context) error {
		name := C.CString(directory)
		defer C.free(unsafe.Pointer(name))
		if status, err := C.vde_hub_listen(pointer, name); status != 0 {
			return fmt.Errorf("vde: listen in %s: %w", directory, err)
		}
		return nil
	})
}

// ClosePort closes a port; its peer sees the hang-up. Errors: ErrContextClosed, syscall.ENOENT.
func (c *Context) ClosePort(port uint32) error {
	return c.use(func(pointer *C.vde_context) error {
		if status, err := C.vde_hub_close_port(pointer, C.uint(port)); status != 0 {
			return fmt.Errorf("vde: close port %d: %w", port, err)
		}
		return nil
	})
}

// Close ends the hub, then releases the handler's table. It may be called from inside a callback.
//
// Error: ErrContextClosed, the second time.
func (c *Context) Close() error {
	defer runtime.KeepAlive(c)
	err := c.hub.do(c.hub.close)
	if err == nil {
		c.cleanup.Stop()
		c.hub.keeper.ResumePanic()
	}
	return err
}

// use calls f with the hub, where nothing else uses it.
func (c *Context) use(f func(*C.vde_context) error) error {
	defer runtime.KeepAlive(c)
	err := c.hub.do(func() error {
		if c.hub.pointer == nil {
			return ErrContextClosed
		}
		return f(c.hub.pointer)
	})
	c.hub.keeper.ResumePanic()
	return err
}

func (h *hub) do(f func() error) error {
	driver, ok := h.handler.(Driver)
	if !ok {
		return f()
	}
	var failed error
	if err := driver.Do(func() { failed = f() }); err != nil {
		return err
	}
	return failed
}

func (h *hub) close() error {
	pointer := h.pointer
	if pointer == nil {
		return ErrContextClosed
	}
	h.pointer = nil
	C.vde_hub_fini(pointer)
	// The hub's header: it uses the handler no more.
	return h.keeper.Release()
}

// drop is the cleanup of a Context that nobody reaches any more. Without a driver nobody says where the
// hub may be used: then it lives on as it is, and the ledger names its table.
func (h *hub) drop() {
	if _, ok := h.handler.(Driver); ok {
		// Events may be handled for long: other cleanups need not wait for it.
		go h.do(h.close)
		return
	}
	abandoned.Store(h, true)
}

// abandoned keeps the hubs that nobody can end.
var abandoned sync.Map
