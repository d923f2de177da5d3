package outlive_test

import (
	"fmt"

	"outlive.dev/go/internal/gen/shapes"
	"outlive.dev/go/internal/keeper"
	"outlive.dev/go/internal/locker"
	"outlive.dev/go/outlive"
)

// C ends the table: it calls its destroy notify when it has forgotten the user data, and nothing of it has to be kept
// or released in Go.
func ExampleHeld_HandOver() {
	held, err := keeper.Hold(&listener{}, outlive.OnEnd(func() { fmt.Println("C is done with it") }))
	if err != nil {
		fmt.Println(err)
		return
	}
	library := keeper.New(held.Table(), held.UserData())
	held.HandOver() // C has taken table and user data
	fmt.Println(library.Fire(1))
	library.Free()
	// Output:
	// 2
	// C is done with it
}

// A package that was made with --takes-back unlock: after Revoke C gets no lock any more, but it gives back the one that
// it has. The host, lock, knows which thread has it, so that the unlock of a refused lock does nothing.
func ExampleHeld_takesBack() {
	host := &lock{}
	held, err := locker.HoldKept(host)
	if err != nil {
		fmt.Println(err)
		return
	}
	locker.Begin(held.Table(), held.UserData()) // C locks
	fmt.Println(held.Revoke())
	fmt.Println("free:", host.isFree())
	locker.End(held.Table(), held.UserData()) // C unlocks
	fmt.Println("free:", host.isFree())
	held.Release()
	// Output:
	// serves what takes back <nil>
	// free: false
	// free: true
}

// C passes the table's own address (--state table), and makes a last call (--last release), by which a table that
// was handed over ends.
func ExampleHeld_ofItsAddress() {
	released := 0
	held, err := shapes.HoldStream(numbers{7, &released})
	if err != nil {
		fmt.Println(err)
		return
	}
	held.HandOver()
	fmt.Println(shapes.Next(held))
	shapes.Release(held)
	fmt.Println("released:", released)
	// Output:
	// 7
	// released: 1
}

// numbers is a stream.
type numbers struct {
	next     int32
	released *int
}

func (n numbers) Next(shapes.Level) int32         { return n.next }
func (n numbers) Join(shapes.StreamAddress) int32 { return 0 }
func (n numbers) Release()                        { *n.released++ }

// One call at a time: a second one, be it from inside the first, gets the fallback.
func ExampleExclusive() {
	var library keeper.Keeper
	held, err := keeper.Hold(&listener{event: func(value int32) int32 {
		fmt.Println("from inside:", library.Fire(1))
		return value + 1
	}}, outlive.Exclusive())
	if err != nil {
		fmt.Println(err)
		return
	}
	library = keeper.New(held.Table(), held.UserData())
	fmt.Println(library.Fire(1))
	held.Revoke()
	library.Free()
	held.Release()
	// Output:
	// from inside: -1
	// 2
}

// A function that C takes apart from any struct, with its user data pointer.
func ExampleFunc() {
	log, err := shapes.NewLogFunc(func(level shapes.Level, text string) { fmt.Println(level, text) })
	if err != nil {
		fmt.Println(err)
		return
	}
	shapes.Log(log, shapes.High) // C gets log.Function() and log.UserData()
	log.Revoke()
	shapes.Log(log, shapes.High) // refused, and reported
	log.Release()
	// Output:
	// 1 a line
}

// A function that C calls once (--once): the call gives everything back.
func ExampleFunc_once() {
	done, err := shapes.NewDoneCbOnce(func(status int32) int32 {
		fmt.Println("done:", status)
		return 0
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	shapes.Done(done, 4)
	// Output:
	// done: 4
}

// A function for which C has no user data pointer (--state none): each that is held has code of its own, so that there
// are as many as --instances says.
func ExampleFunc_withoutUserData() {
	descending, err := shapes.NewCompare(func(a, b *int32) int32 { return *b - *a })
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(shapes.Compared(descending, 5, 3))
	descending.Release()
	// Output:
	// -2
}

// What one C object has ends together.
func ExampleGroup() {
	var group outlive.Group
	listening, err := keeper.Hold(&listener{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer listening.Release()
	logging, err := shapes.NewLogFunc(func(shapes.Level, string) {})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer logging.Release()
	fmt.Println(group.Join(listening, logging), group.Len())
	fmt.Println(group.Revoke()) // waits for the calls inside of all of them
	// Output:
	// <nil> 2
	// ended now <nil>
}

// A method that owes C an answer: by the function and the cookie that C has passed (--completion).
func ExampleCompletion() {
	jobs := make(chan *outlive.Completion[shapes.AnswerCbAnswer], 1)
	held, err := shapes.HoldWorker(&queue{jobs})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer held.Release()
	heard := shapes.NewHeard()
	defer heard.Free()
	shapes.Start(held, heard)
	(<-jobs).Complete(shapes.AnswerCbAnswer{Status: 42, Share: 0.5}) // later, on any goroutine
	fmt.Println(heard.Answers())
	// Output:
	// 1 42 0.5
}

// queue is a worker whose jobs are done elsewhere.
type queue struct {
	jobs chan *outlive.Completion[shapes.AnswerCbAnswer]
}

func (q *queue) Start(_ int32, done *outlive.Completion[shapes.AnswerCbAnswer]) { q.jobs <- done }
func (q *queue) Ask(told *outlive.Completion[shapes.Level]) int32               { return 0 }
func (q *queue) Wait(ready *outlive.Completion[struct{}])                       { ready.Drop() }
