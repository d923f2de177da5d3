package peers_test

import (
	"testing"

	"outlive.dev/go/internal/peers"
)

func TestEveryTableAnswers(t *testing.T) {
	for _, table := range peers.Tables {
		pointer, arg, end, err := table.Make(&peers.Adder{By: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, threads := range []int{1, 2} {
			if ns := peers.Measure(pointer, arg, 1000, threads); ns < 0 {
				t.Errorf("%s on %d threads: a wrong answer", table.Name, threads)
			}
		}
		end()
	}
}

// The calls' cost, for go test -bench. The program cmd/bench has them side by side.
func BenchmarkCalls(b *testing.B) {
	for _, table := range peers.Tables {
		for _, threads := range []int{1, 2} {
			b.Run(table.Name+map[int]string{1: "/1 thread", 2: "/2 threads"}[threads], func(b *testing.B) {
				pointer, arg, end, err := table.Make(&peers.Adder{By: 1})
				if err != nil {
					b.Fatal(err)
				}
				defer end()
				b.ReportMetric(peers.Measure(pointer, arg, max(b.N, 1000), threads), "cpu-ns/call")
			})
		}
	}
}
