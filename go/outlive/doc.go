// Package outlive holds Go values as C callback tables: structs of function pointers that C keeps, and
// that the garbage collector cannot take away.
//
// A program uses it through a package that `outlive gen go` makes from a C header. That package has an
// interface with a method for each callback, and Hold:
//
//	held, err := listener.Hold(myListener)
//	if err != nil { ... }
//	C.set_listener((*C.struct_listener)(held.Table()), held.UserDataPointer())
//	// ... C calls myListener's methods ...
//	held.Revoke()         // waits for running methods; none will start any more
//	C.close_listener()    // C forgets the table
//	held.Release()
//
// # Who keeps what
//
// C has only code and numbers of the table, which stands in memory of C's; the value stays in Go and is
// found by its number. So nothing in Go has to be pinned, and no rule of cgo's is broken: not by the
// table, not by its user data, and not by the value, which may contain any Go pointers.
//
//   - Keep the [Held] for as long as C is to be served. One that the collector finds unreachable ends
//     its table as Revoke does, without waiting. C's calls are refused then, and reported; the few bytes
//     that C can still see stay valid for good, and the [Ledger] names them.
//   - A value that refers to its own Held is kept until Revoke or Release: the table keeps the value.
//   - A Held must not be copied, which go vet reports. A copy is the same table, and releases it as the Held does; but it
//     does not keep it: where the Held that Hold returned is lost, the table ends, whoever has a copy.
//   - The value is let go when the last call has left after the end. [OnEnd] tells when.
//   - After Revoke C's calls are refused. Where C takes something back by one of them (an event's deletion,
//     memory that it returns), that is no good: C goes on to free what the host still has. A package made
//     with --takes-back serves such methods until Release, and holds the value as long; Revoke then says
//     [Serving]. --keep alone holds the value for memory that C goes on to use.
//
// # Pointers
//
//   - What C passes by pointer (structs, strings) is copied before the method gets it: keep it as you
//     like. A method gets other pointers of C's as uintptr. A uintptr keeps nothing alive, and may be
//     any number, as a `void *` of C's may.
//   - What C is given to hand back, an event's `void *` for example, is a [Token] from [Tokens]. A Go
//     pointer in its place dangles as soon as C alone has it, and C cannot be trusted to give it back
//     once. A stale, doubled or invented token finds nothing and is reported.
//   - Do not put a Go function into a C struct: its address is no C function. It is what the generated
//     trampolines are for.
//   - A table is read-only for C unless the package says otherwise. [Held.Inspect] shows what stands in
//     it.
//
// # Threads and goroutines
//
//   - Methods are called on whatever thread C calls from, several at once, unless the table is held
//     with [Exclusive]. Threads that C has made are as good as Go's, and so are short-lived ones.
//   - While C's call is going on the method's goroutine stays on its thread, as after
//     runtime.LockOSThread: what C keeps for a thread is there. [SetErrno] sets C's errno.
//   - A method that calls runtime.LockOSThread is to unlock as often. Else the goroutine that has called C, or C's thread,
//     stays locked, which changes nothing for C's calls; a goroutine that ends so takes its thread with it.
//   - All methods of a Held, and all functions here, may be called from any goroutine, also from inside
//     a method that C has called. From there Revoke does not wait, and says [Later].
//   - A goroutine that a method starts is not inside of C's call. If it revokes the table while the
//     method waits for it, both wait for ever: have it use [Held.RevokeTimeout], or do not wait. A close
//     that waits for more than a second is reported.
//   - [Held.With] keeps its goroutine on one thread too, and is a call like C's.
//
// # Panics
//
// A panic in a method never unwinds frames of C. It is reported, C gets the callback's fallback, and
// [OnPanic] says what then: nothing more ([Fallback]), the process aborts ([Abort]), or the host panics
// at its next call of a method of the Held ([Resume]).
//
// runtime.Goexit cannot be stopped by a deferred function. Left alone it skips the frames of C between
// two Go functions without a word, or, on a thread of C's, is a fatal error of the runtime. Here it is
// named on stderr and aborts. t.FailNow, t.Fatal and t.Skip of package testing call it: in a method, use
// t.Error and return.
//
// # Locks
//
// A callback by which C locks, and another by which it unlocks, are a pair that Revoke can part: it waits for a call that
// is inside, and not for what C does between two calls. The unlock that comes then is refused, and the host's lock stays
// locked for good. There are two ways out:
//
//   - Do not Revoke such a table. Have C's own close function return first, and then Release: nothing is refused.
//   - Where it is to be revoked, make the package with --takes-back unlock: the unlock is served until Release, and Revoke
//     says [Serving]. A lock is refused from Revoke on, so C must be told of that by its result (--fallback), or the host
//     must know which thread has the lock, and do nothing for the unlock of another. The example of Held for what takes
//     back does that.
//
// And do not hold the lock while you Revoke or Release: a call of C's may be inside that waits for it, and the close waits
// for that call.
//
// # The end of the process
//
// The library reports tables that were never released from an atexit handler. Neither os.Exit nor the
// return of main runs those, so that a Go program hears nothing of it, and nothing goes wrong either:
// C's threads may call until the end, and a method may call os.Exit. Ask the [Ledger], or call [Report] at the end of main.
//
// # Who holds what
//
// [Report] writes what is held, the line that holds it, and what was refused. With OUTLIVE_DEBUG=1 in the environment
// each hold records its stack and its time, which Report writes too. A program that imports
// outlive.dev/go/outlive/profile has a pprof profile "outlive" of what is held, to be looked at by go tool pprof.
//
// # Other processes, and other copies
//
// A program that Go starts (os/exec) is a process of its own from its first instruction on: Go's fork runs no code of
// C's, and nothing changes here, whatever C's threads do meanwhile. C's own fork is another matter; what it does to a Go
// program is undefined by Go.
//
// A plugin (-buildmode=plugin) has the same copy of this package, and of the C library, as the program that loads it: one
// ledger, and tables of either are served by either. A Go library for C (-buildmode=c-shared) has a copy of its own, with
// a ledger of its own; several in one process do not see each other. User data that one gave to C means nothing to a
// table of another: such a call is refused and reported.
//
// A C program that loads a Go library (-buildmode=c-shared) has its atexit handlers. Plugins and shared
// libraries of Go are never unloaded, and dlclose of one leaves its tables as they are.
//
// # Incidents
//
// What would have been undefined behaviour elsewhere is reported by a line on stderr and kept for
// [TakeIncidents]: a call after the end, a bad token, a panic, a concurrent call of an exclusive table.
// The line names the table, the callback, and the Go source lines that have held and ended it.
package outlive
