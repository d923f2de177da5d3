package outlive

// #include <errno.h>
// static void outlive_go_set_errno(int number) { errno = number; }
import "C"

import "syscall"

// SetErrno sets C's errno on this thread, for the C function that the running callback returns to. It
// is to be the last thing a method does before it returns.
func SetErrno(number syscall.Errno) {
	C.outlive_go_set_errno(C.int(number))
}
