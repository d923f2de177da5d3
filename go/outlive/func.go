package outlive

import (
	"fmt"
	"reflect"
	"unsafe"
)

// A Func is a Go value, mostly a func, held behind one C function pointer: what C takes apart from any struct, with a
// user data pointer or without. It is to Function and UserData what a Held is to its table, and all that is said of a
// Held is true of it: keep it for as long as C is to be served, Release it when C has forgotten the function, and do
// not copy it.
type Func[T any] struct {
	registration
	function unsafe.Pointer
}

// HoldFunc holds value, and is called by the New functions of a generated package. The function that C gets is
// Function; where it takes a user data pointer, C is to pass UserData.
//
// t describes a struct of nothing but the function pointer.
//
// Errors: ErrNilHost, ErrOption, ErrNoInstance, ErrNoSlot, ErrNoMemory.
func HoldFunc[T any](t *Type, value T, options ...Option) (*Func[T], error) {
	if isNil(value) {
		return nil, fmt.Errorf("outlive: hold %s: %w", t.name, ErrNilHost)
	}
	s := chosen(options)
	f := new(Func[T])
	if err := f.hold(t, newEntry(value, s), s, caller(1+s.skip)); err != nil {
		return nil, err
	}
	f.function = *(*unsafe.Pointer)(f.core.table)
	return f, nil
}

// isNil says whether a value is a nil interface, or a nil func.
func isNil(value any) bool {
	if value == nil {
		return true
	}
	v := reflect.ValueOf(value)
	return v.Kind() == reflect.Func && v.IsNil()
}

// Function is the C function pointer, for C to keep. It is valid for as long as the process lives.
func (f *Func[T]) Function() unsafe.Pointer {
	return f.function
}

// With calls g with the value that is held, as Held.With does.
func (f *Func[T]) With(g func(T)) error {
	return f.with(func(e *entry) { g(hostOf[T](e)) })
}
