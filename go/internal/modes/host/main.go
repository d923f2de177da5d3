// Host loads a Go plugin and has C keep the plugin's table.
package main

import (
	"fmt"
	"os"
	"plugin"
	"unsafe"

	"outlive.dev/go/internal/keeper"
	"outlive.dev/go/outlive"
)

func main() {
	loaded, err := plugin.Open(os.Args[1])
	check(err)
	symbol, err := loaded.Lookup("Hold")
	check(err)
	hold := symbol.(func() (unsafe.Pointer, uintptr, func() error, error))
	table, userData, revoke, err := hold()
	check(err)
	k := keeper.New(table, userData)
	answers := []int{k.Fire(21), k.FireOnThread(21)}
	tables := len(outlive.Ledger())
	check(revoke())
	answers = append(answers, k.Fire(21), k.FireOnThread(21))
	fmt.Println(answers, tables)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
