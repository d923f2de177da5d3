// Package lzma gives liblzma an allocator that is written in Go. Its table is generated; the tests have
// the library call it.
package lzma

// #include "library.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// Compress compresses text with memory of the allocator's alone, decompresses that again, and gives what
// came out. The other result is liblzma's, of the first step that failed, or 0.
func Compress(held *Held, text []byte) ([]byte, int) {
	out := make([]byte, len(text)+1)
	var length C.size_t
	status := C.outlive_there_and_back((*C.lzma_allocator)(held.Table()), (*C.uint8_t)(unsafe.SliceData(text)),
		C.size_t(len(text)), (*C.uint8_t)(unsafe.SliceData(out)), C.size_t(len(out)), &length)
	runtime.KeepAlive(held)
	return out[:length], int(status)
}

// MemError is liblzma's word for an allocator that gives nothing.
const MemError = int(C.LZMA_MEM_ERROR)

// Malloc is C's malloc, whose memory Go knows as a number.
func Malloc(size uintptr) uintptr { return uintptr(C.outlive_malloc(C.size_t(size))) }

// Free is C's free.
func Free(memory uintptr) { C.outlive_free_number(C.uintptr_t(memory)) }
