package shapes_test

import (
	"errors"
	"testing"

	"outlive.dev/go/internal/gen/shapes"
	"outlive.dev/go/outlive"
)

// worker answers by what its functions say.
type worker struct {
	start func(job int32, done *outlive.Completion[shapes.AnswerCbAnswer])
	ask   func(told *outlive.Completion[shapes.Level]) int32
	wait  func(ready *outlive.Completion[struct{}])
}

func (w *worker) Start(job int32, done *outlive.Completion[shapes.AnswerCbAnswer]) {
	w.start(job, done)
}
func (w *worker) Ask(told *outlive.Completion[shapes.Level]) int32 { return w.ask(told) }
func (w *worker) Wait(ready *outlive.Completion[struct{}])         { w.wait(ready) }

func holdWorker(t *testing.T, host *worker) *shapes.HeldWorker {
	t.Helper()
	return must[*shapes.HeldWorker](t)(shapes.HoldWorker(host))
}

// heard has C tell what it has heard in the end.
func heard(t *testing.T, during func(shapes.Heard)) (count, status int, share float64) {
	t.Helper()
	heard := shapes.NewHeard()
	defer heard.Free()
	during(heard)
	return heard.Answers()
}

func TestAMethodAnswersCOnce(t *testing.T) {
	table := holdWorker(t, &worker{start: func(job int32, done *outlive.Completion[shapes.AnswerCbAnswer]) {
		if err := done.Complete(shapes.AnswerCbAnswer{Status: 2 * job, Share: 0.5}); err != nil {
			t.Error(err)
		}
		if err := done.Complete(shapes.AnswerCbAnswer{}); !errors.Is(err, outlive.ErrAnswered) {
			t.Error(err)
		}
	}})
	count, status, share := heard(t, func(heard shapes.Heard) { shapes.Start(table, heard) })
	if count != 1 || status != 42 || share != 0.5 {
		t.Error(count, status, share)
	}
	shapes.StartUnheard(table) // Nobody is called.
}

func TestAnAnswerMayComeLaterFromAnotherGoroutine(t *testing.T) {
	owed := make(chan *outlive.Completion[shapes.AnswerCbAnswer], 1)
	table := holdWorker(t, &worker{start: func(job int32, done *outlive.Completion[shapes.AnswerCbAnswer]) {
		owed <- done
	}})
	count, status, _ := heard(t, func(heard shapes.Heard) {
		shapes.Start(table, heard)
		if count, _, _ := heard.Answers(); count != 0 {
			t.Error(count)
		}
		answered := make(chan error)
		go func() { answered <- (<-owed).Complete(shapes.AnswerCbAnswer{Status: 7}) }()
		if err := <-answered; err != nil {
			t.Error(err)
		}
	})
	if count != 1 || status != 7 {
		t.Error(count, status)
	}
}

func TestWhatIsDroppedIsAnsweredAsTheCommandLineSays(t *testing.T) {
	table := holdWorker(t, &worker{
		start: func(_ int32, done *outlive.Completion[shapes.AnswerCbAnswer]) { done.Drop() },
		ask:   func(*outlive.Completion[shapes.Level]) int32 { panic("before the answer") },
		wait:  func(ready *outlive.Completion[struct{}]) { ready.Drop() },
	})
	count, status, share := heard(t, func(heard shapes.Heard) { shapes.Start(table, heard) })
	if count != 1 || status != -125 || share != 1.5 {
		t.Error(count, status, share)
	}
	count, status, _ = heard(t, func(heard shapes.Heard) {
		if result := shapes.Ask(table, heard); result != -1 {
			t.Error(result)
		}
	})
	if count != 1 || status != int(shapes.High) {
		t.Error(count, status)
	}
	if count, _, _ = heard(t, func(heard shapes.Heard) { shapes.Wait(table, heard) }); count != 1 {
		t.Error(count)
	}
}

func TestARefusedCallIsAnsweredInCsPlace(t *testing.T) {
	table := holdWorker(t, &worker{})
	if _, err := table.Revoke(); err != nil {
		t.Fatal(err)
	}
	count, status, share := heard(t, func(heard shapes.Heard) { shapes.Start(table, heard) })
	if count != 1 || status != -125 || share != 1.5 {
		t.Error(count, status, share)
	}
	count, status, _ = heard(t, func(heard shapes.Heard) { shapes.Ask(table, heard) })
	if count != 1 || status != int(shapes.High) {
		t.Error(count, status)
	}
	shapes.StartUnheard(table)
}
