package main

import (
	"fmt"
	"time"

	"outlive.dev/go/internal/peers"
)

// CallCost is what a call of one table costs on so many threads at once.
type CallCost struct {
	Name    string  `json:"name"`
	Threads int     `json:"threads"`
	Median  float64 `json:"median_ns"`
	Min     float64 `json:"min_ns"`
	// The median of each round's ratio to handle with as many threads.
	ToHandle float64 `json:"ratio_to_handle"`
}

const reference = "handle"

// measureCalls takes a sample of every row in each round, so that what disturbs the machine disturbs
// all of them.
func measureCalls(plan Plan) ([]CallCost, error) {
	type row struct {
		name    string
		threads int
	}
	var rows []row
	for _, threads := range []int{1, 2} {
		for _, table := range peers.Tables {
			rows = append(rows, row{table.Name, threads})
		}
	}
	samples := map[row][]float64{}
	for round := range plan.Rounds {
		for i := range rows {
			// Nobody is always the first, or always behind the same.
			r := rows[(i+round)%len(rows)]
			ns, err := measureCall(r.name, r.threads, plan.Calls)
			if err != nil {
				return nil, err
			}
			samples[r] = append(samples[r], ns)
		}
	}
	var costs []CallCost
	for _, r := range rows {
		costs = append(costs, CallCost{
			Name:     r.name,
			Threads:  r.threads,
			Median:   median(samples[r]),
			Min:      least(samples[r]),
			ToHandle: ratio(samples[r], samples[row{reference, r.threads}]),
		})
	}
	return costs, nil
}

func measureCall(name string, threads, calls int) (float64, error) {
	for _, table := range peers.Tables {
		if table.Name != name {
			continue
		}
		pointer, arg, end, err := table.Make(&peers.Adder{By: 1})
		if err != nil {
			return 0, err
		}
		defer end()
		if ns := peers.Measure(pointer, arg, calls, threads); ns >= 0 {
			return ns, nil
		}
	}
	return 0, fmt.Errorf("%s on %d threads has given a wrong answer", name, threads)
}

// TableCost is what hold and release of a table cost together.
type TableCost struct {
	Name      string  `json:"name"`
	Median    float64 `json:"median_ns"`
	PerSecond float64 `json:"per_second"`
	// The median of each round's ratio to handle.
	ToHandle float64 `json:"ratio_to_handle"`
}

func measureTables(plan Plan) ([]TableCost, error) {
	made := peers.Tables[2:] // the others make none
	samples := map[string][]float64{}
	for range plan.Rounds {
		for _, table := range made {
			begun := time.Now()
			for range plan.Tables {
				_, _, end, err := table.Make(&peers.Adder{By: 1})
				if err != nil {
					return nil, err
				}
				end()
			}
			samples[table.Name] = append(samples[table.Name], float64(time.Since(begun))/float64(plan.Tables))
		}
	}
	var costs []TableCost
	for _, table := range made {
		ns := median(samples[table.Name])
		costs = append(costs, TableCost{table.Name, ns, 1e9 / ns, ratio(samples[table.Name], samples[reference])})
	}
	return costs, nil
}
