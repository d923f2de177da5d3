package outlive

import (
	"fmt"
	"math"
	"unsafe"
)

// firstPage is where no system puts anything: what C has added to NULL leads there.
const firstPage = 4096

// Memory gives C's memory at an address as a slice. It is C's still: the slice is good for as long as
// C says that the memory is, which for a callback's argument mostly means until the method returns.
//
// Panics for an address of the first page, such as NULL, unless length is 0, and for a length that no memory has, such as C's -1.
func Memory[T any](address, length uintptr) []T {
	if length == 0 {
		return nil
	}
	size := max(unsafe.Sizeof(*new(T)), 1)
	// unsafe.Slice panics too, but with -race that is the process's end.
	if address < firstPage || length > math.MaxInt/size || address > math.MaxUint-length*size {
		panic(fmt.Sprintf("outlive: C has no %d elements of memory at %#x", length, address))
	}
	// An address of C's, which the collector does not move.
	return unsafe.Slice(*(**T)(unsafe.Pointer(&address)), length)
}
