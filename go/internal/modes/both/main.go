// Both is a program that loads a Go plugin and a Go library for C: the plugin has the program's copy of outlive, and the
// library one of its own.
package main

// #cgo LDFLAGS: -ldl
// #include <dlfcn.h>
// #include <stdint.h>
// #include <stdlib.h>
//
// /* Holds a table of the library's; NULL, with dlerror, where there is none. */
// static void *both_hold(void *library, int to, uintptr_t *user_data)
// {
// 	void *(*hold)(int, uintptr_t *) = (void *(*)(int, uintptr_t *))dlsym(library, "shared_hold");
// 	return hold == NULL ? NULL : hold(to, user_data);
// }
//
// /* Calls a function of the library's that takes nothing. */
// static int both_call(void *library, const char *name)
// {
// 	int (*function)(void) = (int (*)(void))dlsym(library, name);
// 	return function == NULL ? -100 : function();
// }
import "C"

import (
	"fmt"
	"os"
	"plugin"
	"slices"
	"unsafe"

	"outlive.dev/go/internal/keeper"
	"outlive.dev/go/outlive"
)

type adder struct{ to int32 }

func (a adder) OnEvent(value int32) int32 { return a.to + value }
func (adder) OnDo(string) outlive.Token   { return 0 }
func (adder) OnUndo(outlive.Token)        {}

func main() {
	held, err := keeper.Hold(adder{100})
	check(err)
	ours := keeper.New(held.Table(), held.UserData())

	loaded, err := plugin.Open(os.Args[1])
	check(err)
	symbol, err := loaded.Lookup("Hold")
	check(err)
	table, userData, revokePlugins, err := symbol.(func() (unsafe.Pointer, uintptr, func() error, error))()
	check(err)
	plugins := keeper.New(table, userData) // doubles

	path := C.CString(os.Args[2])
	defer C.free(unsafe.Pointer(path))
	library := C.dlopen(path, C.RTLD_NOW)
	if library == nil {
		check(fmt.Errorf("%s", C.GoString(C.dlerror())))
	}
	var number C.uintptr_t
	librarys := keeper.New(C.both_hold(library, 200, &number), uintptr(number))

	expect([]int{ours.Fire(1), plugins.Fire(1), librarys.Fire(1)}, 101, 2, 201)
	expect([]int{ours.FireOnThread(1), plugins.FireOnThread(1), librarys.FireOnThread(1)}, 101, 2, 201)
	expect([]int{len(outlive.Ledger()), call(library, "shared_tables")}, 2, 1)

	check(revokePlugins())
	expect([]int{ours.Fire(1), plugins.Fire(1), librarys.Fire(1)}, 101, -1, 201)
	expect([]int{call(library, "shared_revoke")}, 0)
	expect([]int{ours.Fire(1), librarys.Fire(1)}, 101, -1)
	check(held.Release())
	expect([]int{len(outlive.Ledger()), call(library, "shared_tables")}, 1, 1)
	fmt.Println("as expected")
}

func call(library unsafe.Pointer, name string) int {
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	return int(C.both_call(library, text))
}

func expect(found []int, wanted ...int) {
	if !slices.Equal(found, wanted) {
		check(fmt.Errorf("%d, wanted %d", found, wanted))
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
