package outlive

import "unsafe"

// Memory gives C's memory at an address as a slice. It is C's still: the slice is good for as long as
// C says that the memory is, which for a callback's argument mostly means until the method returns.
//
// Panics for NULL, unless length is 0, and for a length that no memory has.
func Memory[T any](address, length uintptr) []T {
	if length == 0 {
		return nil
	}
	// An address of C's, which the collector does not move.
	return unsafe.Slice(*(**T)(unsafe.Pointer(&address)), length)
}
