//go:build linux

package vde

import (
	"container/heap"
	"time"
)

// timer is when a watcher is due.
type timer struct {
	at      time.Time
	every   time.Duration
	watcher *watcher
	index   int // in the heap, from 1; 0: not in it
}

// timers is a heap, the next one first.
type timers []*timer

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].at.Before(t[j].at) }

func (t timers) Swap(i, j int) {
	t[i], t[j] = t[j], t[i]
	t[i].index, t[j].index = i+1, j+1
}

// Push is for container/heap.
func (t *timers) Push(added any) {
	added.(*timer).index = len(*t) + 1
	*t = append(*t, added.(*timer))
}

// Pop is for container/heap.
func (t *timers) Pop() any {
	last := len(*t) - 1
	removed := (*t)[last]
	(*t)[last] = nil
	*t = (*t)[:last]
	removed.index = 0
	return removed
}

func (t *timers) add(added *timer) { heap.Push(t, added) }

func (t *timers) remove(removed *timer) {
	if removed.index != 0 {
		heap.Remove(t, removed.index-1)
	}
}

// fire calls the timers that are due, each at most once.
func (l *Loop) fire(now time.Time) {
	for len(l.timers) > 0 && !l.timers[0].at.After(now) {
		due := l.timers[0]
		l.timers.remove(due)
		w := due.watcher
		if w.events&EventPersist != 0 {
			due.at = later(due.at.Add(due.every), now.Add(1))
			l.timers.add(due)
		}
		w.cb.Call(-1, EventTimeout, w.arg)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
