package outlive

import (
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
)

// Token is a `void *` that a host gives to C and gets back: an event's number. It is never an address;
// zero is NULL, which no live token is. A Token that came from C may be anything: only Tokens says
// whether it names a live entry.
type Token uintptr

func (t Token) String() string { return fmt.Sprintf("Token(%#x)", uintptr(t)) }

// tokenBlock is how many serial numbers a Tokens takes at a time.
const tokenBlock = 1024

// goToken marks the tokens of Go, so that none equals one of the engine's own containers.
const goToken = 1 << 63

// nextTokens is the next serial number that no Tokens has taken.
var nextTokens atomic.Uint64

// Tokens keeps the values behind the tokens that C holds, with a lookup that nothing C does can
// mislead. A token is a serial number, unique in the process and never used twice, so that one that was
// taken before, that was invented or that belongs to another Tokens is recognised: it finds nothing and
// is reported as an incident.
//
// What C gets of a Go value is this number, never a pointer, which would dangle as soon as C alone has
// it. Any goroutine may use a Tokens, several at once. The zero value is an empty container without a name: incidents
// call it tokens, and do not know its line. It must not be copied, which go vet reports.
type Tokens[T any] struct {
	name    string
	created place
	mutex   sync.Mutex
	entries map[Token]T
	next    uint64
	end     uint64
	strange *strangers
}

// NewTokens makes an empty container. Incidents call its tokens by name, and give the caller's line.
func NewTokens[T any](name string) *Tokens[T] {
	return &Tokens[T]{name: name, created: caller(0)}
}

// Insert keeps value and gives the token for it.
func (t *Tokens[T]) Insert(value T) Token {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.next == t.end {
		t.end = nextTokens.Add(tokenBlock)
		t.next = t.end - tokenBlock
	}
	token := Token(t.next<<1 | 1 | goToken)
	t.next++
	if t.entries == nil {
		t.entries = map[Token]T{}
	}
	t.entries[token] = value
	return token
}

// Get gives the value of a live token. Any other is an incident, and false.
func (t *Tokens[T]) Get(token Token) (T, bool) {
	t.mutex.Lock()
	value, live := t.entries[token]
	t.mutex.Unlock()
	if !live {
		t.stranger(token)
	}
	return value, live
}

// Take ends a token and gives its value, at most once for each. Any other is an incident, and false.
func (t *Tokens[T]) Take(token Token) (T, bool) {
	t.mutex.Lock()
	value, live := t.entries[token]
	delete(t.entries, token)
	t.mutex.Unlock()
	if !live {
		t.stranger(token)
	}
	return value, live
}

// Contains says whether a token is live. This is a question, so it is never an incident.
func (t *Tokens[T]) Contains(token Token) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	_, live := t.entries[token]
	return live
}

// Len says how many tokens are live.
func (t *Tokens[T]) Len() int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return len(t.entries)
}

// All gives the tokens that are live when it is called, with their values, in no order.
func (t *Tokens[T]) All() iter.Seq2[Token, T] {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	type pair struct {
		token Token
		value T
	}
	pairs := make([]pair, 0, len(t.entries))
	for token, value := range t.entries {
		pairs = append(pairs, pair{token, value})
	}
	return func(yield func(Token, T) bool) {
		for _, p := range pairs {
			if !yield(p.token, p.value) {
				return
			}
		}
	}
}

// stranger reports a token that is not live.
func (t *Tokens[T]) stranger(token Token) {
	t.mutex.Lock()
	if t.strange == nil {
		name, created := t.name, t.created
		if created.file == nil { // the zero value
			name, created = "tokens", unknown
		}
		t.strange = &strangers{name: name, created: created}
	}
	strange := t.strange
	t.mutex.Unlock()
	strange.report(token)
}
