package outlive_test

import (
	"errors"
	"fmt"

	"outlive.dev/go/internal/keeper"
	"outlive.dev/go/outlive"
)

func Example() {
	held, err := keeper.Hold(&listener{})
	if err != nil {
		fmt.Println(err)
		return
	}
	library := keeper.New(held.Table(), held.UserData()) // C keeps the table
	fmt.Println(library.Fire(41), library.FireOnThread(1))

	ended, _ := held.Revoke() // has waited for running calls; none will start
	fmt.Println(ended)
	fmt.Println(library.Fire(41)) // a late call gets the fallback, and a line on stderr

	library.Free()
	held.Release() // C has forgotten the table
	// Output:
	// 42 2
	// ended now
	// -1
}

func ExampleTokens() {
	timers := outlive.NewTokens[string]("timer")
	token := timers.Insert("tick") // what C gets as its void *
	fmt.Println(timers.Get(token))
	fmt.Println(timers.Take(token))
	name, ok := timers.Take(token) // C deletes it twice: reported, and harmless
	fmt.Printf("%q %v\n", name, ok)
	// Output:
	// tick true
	// tick true
	// "" false
}

func ExampleHeld_With() {
	held, err := keeper.Hold(&listener{})
	if err != nil {
		fmt.Println(err)
		return
	}
	held.With(func(l keeper.Listener) { fmt.Println(l.OnEvent(1)) })
	held.Revoke()
	err = held.With(func(keeper.Listener) {})
	fmt.Println(errors.Is(err, outlive.ErrClosed))
	held.Release()
	// Output:
	// 2
	// true
}

func ExampleOnPanic() {
	failing := &listener{event: func(int32) int32 { panic("out of cheese") }}
	held, err := keeper.Hold(failing, outlive.OnPanic(outlive.Resume))
	if err != nil {
		fmt.Println(err)
		return
	}
	library := keeper.New(held.Table(), held.UserData())
	fmt.Println(library.Fire(1)) // C gets the fallback, and its own code goes on
	defer func() {
		fmt.Println("recovered:", recover().(*outlive.PanicError).Value)
		held.Release()
	}()
	held.Revoke() // the panic goes on at the host's side
	// Output:
	// -1
	// recovered: out of cheese
}
