package outlive

// #include <stdlib.h>
// #include <outlive.h>
import "C"

import (
	"fmt"
	"sync"
	"unsafe"
)

// A Type is a C struct of function pointers, as a generated package describes it.
type Type struct {
	name     string
	describe func() (unsafe.Pointer, int)
	once     sync.Once
	pointer  *C.outlive_type
	err      error
}

// NewType is for generated packages. describe is called once, at the first Hold: it gives the
// outlive_type that its C code has described, and the status of outlive_describe.
func NewType(name string, describe func() (unsafe.Pointer, int)) *Type {
	return &Type{name: name, describe: describe}
}

// Name is the C struct's name.
func (t *Type) Name() string { return t.name }

func (t *Type) described() (*C.outlive_type, error) {
	t.once.Do(func() {
		pointer, status := t.describe()
		t.pointer, t.err = (*C.outlive_type)(pointer), statusError("describe "+t.name, C.int(status))
	})
	return t.pointer, t.err
}

// statusError is the error of a status, nil for none.
func statusError(doing string, status C.int) error {
	var err error
	switch status {
	case C.OUTLIVE_OK:
		return nil
	case C.OUTLIVE_NO_INSTANCE_LEFT:
		err = ErrNoInstance
	case C.OUTLIVE_NO_SLOT_LEFT:
		err = ErrNoSlot
	case C.OUTLIVE_NO_MEMORY:
		err = ErrNoMemory
	case C.OUTLIVE_CLOSED:
		err = ErrClosed
	case C.OUTLIVE_BUSY:
		err = ErrBusy
	case C.OUTLIVE_NOT_HELD:
		err = ErrReleased
	case C.OUTLIVE_WRONG_THREAD:
		err = ErrWrongThread
	case C.OUTLIVE_UNSUPPORTED:
		err = ErrUnsupported
	default:
		return fmt.Errorf("outlive: %s: %s", doing, C.GoString(C.outlive_status_text(status)))
	}
	return fmt.Errorf("outlive: %s: %w", doing, err)
}

// holdError is the error of a hold that has failed.
func holdError(name string, status C.int) error {
	err := statusError("hold "+name, status)
	if status == C.OUTLIVE_NO_INSTANCE_LEFT {
		err = fmt.Errorf("%w: %s", err, holders(name))
	}
	return err
}

func free(text *C.char) { C.free(unsafe.Pointer(text)) }
