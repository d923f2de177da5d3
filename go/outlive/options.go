package outlive

// PanicPolicy says what becomes of a panic in a method that C has called. Whichever it is, C's own
// code after the call runs, unless the process ends.
type PanicPolicy uint8

const (
	// Fallback reports the panic as an incident, and C gets the callback's fallback. It is the default.
	Fallback PanicPolicy = iota
	// Abort reports it, prints the stack and aborts the process.
	Abort
	// Resume reports it, gives C the fallback, and panics again with a *PanicError at the host's next
	// call of a method of the Held.
	Resume
)

// An Option changes how Hold holds a value.
type Option func(*settings)

type settings struct {
	policy    PanicPolicy
	exclusive bool
	onEnd     func()
	skip      int
	unknown   bool // an option is none
}

// chosen is what the options come to. Without any, nothing is allocated.
func chosen(options []Option) settings {
	if len(options) == 0 {
		return settings{}
	}
	s := new(settings)
	for _, option := range options {
		if option == nil {
			s.unknown = true
			continue
		}
		option(s)
	}
	return *s
}

// OnPanic chooses what becomes of a panic in a method. A policy that is none of the three makes the Hold fail, with
// ErrOption.
func OnPanic(policy PanicPolicy) Option {
	return func(s *settings) { s.policy, s.unknown = policy, s.unknown || policy > Resume }
}

// Exclusive lets one call in at a time. A second one, from another thread or from inside the first,
// is refused and reported. Without it the methods are called from any thread, at the same time.
func Exclusive() Option {
	return func(s *settings) { s.exclusive = true }
}

// OnEnd has f called once, when the value has been let go: no method runs any more and none will. That
// is on whatever thread the last call leaves or the close runs, so f must not wait for anything.
func OnEnd(f func()) Option {
	return func(s *settings) { s.onEnd = f }
}

// CallerSkip has the table's line looked for that many callers further up: for a function that holds
// tables for others.
func CallerSkip(callers int) Option {
	return func(s *settings) { s.skip += callers }
}
