// Package git has libgit2 tell Go how a clone goes. Its table is generated; the tests have the library
// call it.
package git

// #include "library.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// NewRepository makes a bare repository with so many commits.
func NewRepository(path string, commits int) string {
	cPath := C.CString(path)
	defer C.free(unsafe.Pointer(cPath))
	return message(C.outlive_new_repository(cPath, C.int(commits)))
}

// Clone clones a repository, with a table that libgit2 copies.
func Clone(held *Held, url, path string) string {
	cURL, cPath := C.CString(url), C.CString(path)
	defer C.free(unsafe.Pointer(cURL))
	defer C.free(unsafe.Pointer(cPath))
	status := C.outlive_clone((*C.struct_git_remote_callbacks)(held.Table()), cURL, cPath)
	runtime.KeepAlive(held)
	return message(status)
}

// message says what has failed. libgit2's own words are those of the thread, which Go may have left.
func message(status C.int) string {
	if status == 0 {
		return ""
	}
	return C.GoString(C.outlive_message())
}
