package outlive_test

import (
	"sync"
	"testing"

	"outlive.dev/go/outlive"
)

func TestATokenIsTakenOnce(t *testing.T) {
	tokens := outlive.NewTokens[string]("event")
	token := tokens.Insert("value")
	if value, ok := tokens.Take(token); value != "value" || !ok {
		t.Error(value, ok)
	}
	for range 2 {
		if value, ok := tokens.Take(token); value != "" || ok {
			t.Error("taken twice: ", value)
		}
	}
	if _, ok := tokens.Get(token); ok || tokens.Contains(token) || tokens.Len() != 0 {
		t.Error("it is still there")
	}
}

func TestATokenIsNoAddressAndNoOthers(t *testing.T) {
	a, b := outlive.NewTokens[int]("a"), outlive.NewTokens[int]("b")
	seen := map[outlive.Token]bool{}
	for i := range 3000 {
		for _, token := range []outlive.Token{a.Insert(i), b.Insert(i)} {
			if token&1 == 0 || seen[token] {
				t.Fatal(token)
			}
			seen[token] = true
		}
	}
	token := a.Insert(1)
	if _, ok := b.Get(token); ok {
		t.Error("a token of another container was taken for one's own")
	}
	for _, invented := range []outlive.Token{0, 1, 2, 0xdeadbeef, ^outlive.Token(0)} {
		if _, ok := a.Take(invented); ok {
			t.Error(invented)
		}
	}
}

func TestTheTokensThatAreLive(t *testing.T) {
	tokens := outlive.NewTokens[int]("event")
	want := map[outlive.Token]int{}
	for i := range 10 {
		want[tokens.Insert(i)] = i
	}
	for token, value := range tokens.All() {
		if want[token] != value {
			t.Error(token, value)
		}
		// What is live may change meanwhile.
		tokens.Take(token)
		delete(want, token)
	}
	if len(want) != 0 || tokens.Len() != 0 {
		t.Error(want)
	}
}

func TestTokensServeManyGoroutines(t *testing.T) {
	tokens := outlive.NewTokens[int]("event")
	var group sync.WaitGroup
	for g := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range 500 {
				token := tokens.Insert(g*1000 + i)
				if value, ok := tokens.Take(token); !ok || value != g*1000+i {
					t.Error(value, ok)
				}
			}
		}()
	}
	group.Wait()
}

func BenchmarkTokens(b *testing.B) {
	tokens := outlive.NewTokens[int]("event")
	for b.Loop() {
		tokens.Take(tokens.Insert(1))
	}
}

func TestAZeroTokensIsEmptyAndWorks(t *testing.T) {
	var tokens outlive.Tokens[int]
	if _, ok := tokens.Get(1); ok || tokens.Len() != 0 || tokens.Contains(1) {
		t.Error("something is there")
	}
	for range tokens.All() {
		t.Error("something is there")
	}
	token := tokens.Insert(7)
	if value, ok := tokens.Take(token); value != 7 || !ok {
		t.Error(value, ok)
	}
	if _, ok := tokens.Take(token); ok {
		t.Error("taken twice")
	}
}
