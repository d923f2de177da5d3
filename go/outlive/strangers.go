package outlive

// #include <stdlib.h>
// #include <outlive.h>
//
// /* Looks a number up where nothing is, which the library reports. */
// static void outlive_go_stranger(outlive_tokens *none, uintptr_t token)
// {
// 	uintptr_t value;
// 	outlive_tokens_get(none, (void *)token, &value);
// }
import "C"

import (
	"runtime"
	"sync"
)

// strangers reports the tokens that a Tokens does not know: by an empty container of the library's, which
// has counts and a name for the incidents. It is made for the first one.
type strangers struct {
	name    string
	created place
	once    sync.Once
	none    *C.outlive_tokens
}

func (s *strangers) report(token Token) {
	s.once.Do(func() {
		text := C.CString(s.name)
		defer free(text)
		if C.outlive_tokens_new(text, s.created.file, s.created.line, &s.none) == C.OUTLIVE_OK {
			runtime.AddCleanup(s, func(none *C.outlive_tokens) { C.outlive_tokens_free(none) }, s.none)
		}
	})
	C.outlive_go_stranger(s.none, C.uintptr_t(token))
	runtime.KeepAlive(s)
}
