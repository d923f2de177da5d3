package outlive

import "errors"

// The errors of this package, to compare with errors.Is. Each says what to do.
var (
	// ErrNilHost is returned by Hold and HoldFunc for a nil interface or a nil func.
	ErrNilHost = errors.New("the value to hold is nil: there is nothing that C could call; pass a value that implements the interface, or a func")
	// ErrOption is returned by Hold and HoldFunc for an Option that is nil, or has a value that there is not.
	ErrOption = errors.New("an option is nil, or has an unknown value: pass those of this package, such as OnPanic(Resume)")
	// ErrNotHeld is returned by the methods of a zero Held, Func or Completion.
	ErrNotHeld = errors.New("this is a zero value: use what Hold, or a New function of a generated package, returns")
	// ErrReleased is returned by every method of a Held that was released, handed over or leaked before.
	ErrReleased = errors.New("the table was released, handed over or leaked already: do it once, and use the Held no more")
	// ErrClosed is returned by With when the table was revoked.
	ErrClosed = errors.New("the table was revoked: hold a new one")
	// ErrBusy is returned by With when an exclusive table serves another call.
	ErrBusy = errors.New("another call is inside of the exclusive table: try again after it, or not from inside a callback")
	// ErrNoInstance is returned by Hold when all instances of a context-free table are in use.
	ErrNoInstance = errors.New("all instances of this context-free table are held: release some, or generate the package with more (--instances)")
	// ErrNoSlot is returned by Hold when the process holds as many tables as it can.
	ErrNoSlot = errors.New("no slot is left for another table: release some (Ledger lists them)")
	// ErrNoMemory is returned when the system has no memory.
	ErrNoMemory = errors.New("the system has no memory left for the table")
	// ErrGroupClosed is returned by Join of a Group that was revoked.
	ErrGroupClosed = errors.New("the group was revoked: release this by itself, or give C nothing more")
	// ErrAnswered is returned by Complete where C was answered before: by Complete, Drop, or a panic of the method.
	ErrAnswered = errors.New("C was answered already: complete or drop a Completion once")
	// ErrForgotten is returned by Complete where the table was released before, so that C has forgotten what to answer.
	ErrForgotten = errors.New("the table was released, so that C waits for no answer, and was not called: complete or drop what is owed before")
	// ErrWrongThread is returned by Complete on another thread than the one that C is to be answered on.
	ErrWrongThread = errors.New("it belongs to another thread: answer from inside the callback, or generate the package with any-thread if C allows that")
	// ErrUnsupported is returned by an operation that this kind of table cannot do.
	ErrUnsupported = errors.New("this table cannot do that")
)
