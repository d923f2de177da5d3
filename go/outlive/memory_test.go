package outlive_test

import (
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"outlive.dev/go/outlive"
)

func TestMemoryIsSharedWithWhoeverHasItsAddress(t *testing.T) {
	numbers := [4]int32{1, 2, 3, 4}
	var pinner runtime.Pinner
	pinner.Pin(&numbers)
	defer pinner.Unpin()
	seen := outlive.Memory[int32](uintptr(unsafe.Pointer(&numbers)), 3)
	numbers[1] = 7
	if !slices.Equal(seen, []int32{1, 7, 3}) || cap(seen) != 3 {
		t.Error(seen, cap(seen))
	}
}

func TestMemoryOfNothingIsEmptyAndNoMemoryAPanic(t *testing.T) {
	if seen := outlive.Memory[byte](0, 0); seen != nil {
		t.Error(seen)
	}
	// C's -1, as a length; and an element of an array at NULL.
	for _, at := range [][2]uintptr{{0, 1}, {0, ^uintptr(0)}, {24, 1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("there is memory at NULL")
				}
			}()
			outlive.Memory[byte](at[0], at[1])
		}()
	}
}
