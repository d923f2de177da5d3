// Holds a table, has C call it, and call it too late.
package main

import (
	"fmt"
	"log"

	"example.com/fresh/keeper"
	"outlive.dev/go/outlive"
)

type listener struct{}

func (listener) OnEvent(value int32) int32      { return value + 1 }
func (listener) OnDo(what string) outlive.Token { return 0 }
func (listener) OnUndo(token outlive.Token)     {}

func main() {
	held, err := keeper.Hold(listener{})
	if err != nil {
		log.Fatal(err)
	}
	library := keeper.New(held.Table(), held.UserData())
	first, second := library.Fire(41), library.FireOnThread(1)
	if _, err := held.Revoke(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d %d, then %d\n", first, second, library.Fire(41))
	library.Free()
	if err := held.Release(); err != nil {
		log.Fatal(err)
	}
}
