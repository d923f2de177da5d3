//go:build linux

package vde

import (
	"sync"

	"outlive.dev/go/outlive"
)

// tracker is a hub's own way to its handler. It knows which events the hub has, so that none is left
// when the hub has ended: a table held with outlive.Exclusive refuses what a hub gives back that is closed
// inside of one of the handler's methods, and the handler would go on to call a hub that is gone.
type tracker struct {
	handler EventHandler
	mutex   sync.Mutex
	tokens  map[outlive.Token]func(outlive.Token) // how each is deleted
}

func newTracker(handler EventHandler) *tracker {
	return &tracker{handler: handler, tokens: map[outlive.Token]func(outlive.Token){}}
}

// EventAdd implements EventHandler.
func (t *tracker) EventAdd(fd int32, events int16, timeout *Timeval, cb EventCb, arg uintptr) outlive.Token {
	return t.keep(t.handler.EventAdd(fd, events, timeout, cb, arg), t.handler.EventDel)
}

// EventDel implements EventHandler.
func (t *tracker) EventDel(event outlive.Token) {
	t.forget(event)
	t.handler.EventDel(event)
}

// TimeoutAdd implements EventHandler.
func (t *tracker) TimeoutAdd(timeout *Timeval, events int16, cb EventCb, arg uintptr) outlive.Token {
	return t.keep(t.handler.TimeoutAdd(timeout, events, cb, arg), t.handler.TimeoutDel)
}

// TimeoutDel implements EventHandler.
func (t *tracker) TimeoutDel(timeout outlive.Token) {
	t.forget(timeout)
	t.handler.TimeoutDel(timeout)
}

func (t *tracker) keep(token outlive.Token, delete func(outlive.Token)) outlive.Token {
	if token != 0 {
		t.mutex.Lock()
		t.tokens[token] = delete
		t.mutex.Unlock()
	}
	return token
}

func (t *tracker) forget(token outlive.Token) {
	t.mutex.Lock()
	delete(t.tokens, token)
	t.mutex.Unlock()
}

// deleteAll deletes what the hub has left, when it has ended.
func (t *tracker) deleteAll() {
	t.mutex.Lock()
	left := t.tokens
	t.tokens = map[outlive.Token]func(outlive.Token){}
	t.mutex.Unlock()
	for token, delete := range left {
		delete(token)
	}
}
