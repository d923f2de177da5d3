package outlive_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"outlive.dev/go/internal/errands"
	"outlive.dev/go/outlive"
)

// worker is a Worker whose method a test can choose.
type worker struct {
	start     func(job int, owed *outlive.Completion[int]) int
	anyThread bool
}

func (w *worker) Start(job int, owed *outlive.Completion[int]) int { return w.start(job, owed) }
func (w *worker) AnyThread() bool                                  { return w.anyThread }

type heldWorker = outlive.Held[errands.Worker]

// start has C start a job, and expects what the method returns.
func start(t *testing.T, h *heldWorker, returns int) errands.Job {
	t.Helper()
	job, result := errands.Start(h.Table(), h.UserData(), 1)
	if result != returns {
		t.Error(result)
	}
	return job
}

func expectAnswer(t *testing.T, job errands.Job, status int) {
	t.Helper()
	if count, last := job.Answers(); count != 1 || last != status {
		t.Error("answered", count, "times, with", last)
	}
}

// keeping is a Worker that keeps what it owes.
func keeping(anyThread bool) (*worker, *(*outlive.Completion[int])) {
	kept := new(*outlive.Completion[int])
	return &worker{anyThread: anyThread, start: func(_ int, owed *outlive.Completion[int]) int {
		*kept = owed
		return 5
	}}, kept
}

func TestAnAnswerFromInsideTheMethod(t *testing.T) {
	var second error
	h := must(errands.HoldWorker(&worker{start: func(_ int, owed *outlive.Completion[int]) int {
		must(0, owed.Complete(7))
		second = owed.Complete(8)
		owed.Drop()
		return 5
	}}))
	job := start(t, h, 5)
	expectAnswer(t, job, 7)
	if !job.OnItsThread() || !errors.Is(second, outlive.ErrAnswered) {
		t.Error(second)
	}
	must(0, h.Release())
}

func TestAnAnswerFromElsewhere(t *testing.T) {
	w, kept := keeping(true)
	h := must(errands.HoldWorker(w))
	job := start(t, h, 5)
	if count, _ := job.Answers(); count != 0 {
		t.Error("answered by nobody")
	}
	h.Revoke() // C waits for the answer all the same
	answered := make(chan error)
	go func() { answered <- (*kept).Complete(7) }()
	must(0, <-answered)
	expectAnswer(t, job, 7)
	must(0, h.Release())
}

func TestADropAnswersWhatWasDeclared(t *testing.T) {
	w, kept := keeping(true)
	h := must(errands.HoldWorker(w))
	job := start(t, h, 5)
	(*kept).Drop()
	(*kept).Drop()
	expectAnswer(t, job, errands.Undone)
	must(0, h.Release())
}

func TestAMethodThatPanicsAnswersWhatWasDeclared(t *testing.T) {
	h := must(errands.HoldWorker(&worker{start: func(int, *outlive.Completion[int]) int { panic("boom") }}))
	expectAnswer(t, start(t, h, errands.Panicked), errands.Undone)
	must(0, h.Release())
}

func TestAMethodThatPanicsAfterItsAnswerAnswersOnce(t *testing.T) {
	h := must(errands.HoldWorker(&worker{start: func(_ int, owed *outlive.Completion[int]) int {
		must(0, owed.Complete(7))
		panic("boom")
	}}))
	expectAnswer(t, start(t, h, errands.Panicked), 7)
	must(0, h.Release())
}

func TestAfterTheReleaseCIsNotAnswered(t *testing.T) {
	w, kept := keeping(true)
	h := must(errands.HoldWorker(w))
	first := start(t, h, 5)
	one := *kept
	second := start(t, h, 5)
	must(0, h.Release())
	if err := one.Complete(7); !errors.Is(err, outlive.ErrForgotten) {
		t.Error(err)
	}
	(*kept).Drop()
	for _, job := range []errands.Job{first, second} {
		if count, _ := job.Answers(); count != 0 {
			t.Error("C had forgotten what to answer")
		}
	}
}

func TestAnAnswerOfOneThreadIsNotGivenOnAnother(t *testing.T) {
	w, kept := keeping(false)
	h := must(errands.HoldWorker(w))
	// The thread of C's call is that of this goroutine, and of no other.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	job := start(t, h, 5)
	answered := make(chan error)
	go func() { answered <- (*kept).Complete(6) }()
	if err := <-answered; !errors.Is(err, outlive.ErrWrongThread) {
		t.Error(err)
	}
	if count, _ := job.Answers(); count != 0 {
		t.Error("answered on another thread")
	}
	must(0, (*kept).Complete(7))
	expectAnswer(t, job, 7)
	if !job.OnItsThread() {
		t.Error("answered on another thread")
	}
	must(0, h.Release())
}

func TestACollectedCompletionAnswersWhatWasDeclared(t *testing.T) {
	w, kept := keeping(true)
	h := must(errands.HoldWorker(w))
	job := start(t, h, 5)
	*kept = nil
	within(t, "C is answered", func() bool { churn(); count, _ := job.Answers(); return count != 0 })
	expectAnswer(t, job, errands.Undone)
	must(0, h.Release())
}

func init() { children["collected"] = collectCompletion }

// collectCompletion loses a Completion that only the thread of the call may answer, and prints what is said of it.
func collectCompletion() {
	said, stderr, err := os.Pipe()
	must(0, err)
	os.Stderr = stderr
	w, kept := keeping(false)
	h := must(errands.HoldWorker(w))
	job, _ := errands.Start(h.Table(), h.UserData(), 1)
	*kept = nil
	go func() {
		for {
			churn()
		}
	}()
	fmt.Println(bufio.NewReader(said).ReadString('\n'))
	if count, _ := job.Answers(); count != 0 {
		panic("answered on another thread")
	}
	must(0, h.Release())
}

func TestACollectedCompletionOfOneThreadIsReported(t *testing.T) {
	said, state := child(t, "collected")
	if !state.Success() || !strings.Contains(said, "errands/export.go:") || !strings.Contains(said, "call Complete or Drop") {
		t.Error(said, state)
	}
}

func TestOfManyAnswersCGetsOne(t *testing.T) {
	w, kept := keeping(true)
	h := must(errands.HoldWorker(w))
	job := start(t, h, 5)
	owed := *kept
	var group sync.WaitGroup
	var answered atomic.Int32
	for i := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			if owed.Complete(i) == nil {
				answered.Add(1)
			}
			owed.Drop()
		}()
	}
	group.Wait()
	if count, _ := job.Answers(); count != 1 || answered.Load() > 1 {
		t.Error(count, answered.Load())
	}
	must(0, h.Release())
}

func TestAReleaseWaitsForAnAnswerOrRefusesIt(t *testing.T) {
	for range 200 {
		w, kept := keeping(true)
		h := must(errands.HoldWorker(w))
		job := start(t, h, 5)
		owed, given := *kept, make(chan error)
		go func() { given <- owed.Complete(7) }()
		must(0, h.Release())
		atRelease, _ := job.Answers()
		err := <-given
		count, _ := job.Answers()
		switch {
		case count != atRelease:
			t.Fatal("C was answered when it had forgotten the cookie")
		case err == nil && count != 1, err != nil && (count != 0 || !errors.Is(err, outlive.ErrForgotten)):
			t.Fatal(count, err)
		}
	}
}
