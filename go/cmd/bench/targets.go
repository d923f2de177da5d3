package main

import "fmt"

// TargetMet is what is to be reached.
type TargetMet struct {
	Name     string  `json:"name"`
	AtMost   float64 `json:"at_most"`
	Measured float64 `json:"measured"`
	Met      bool    `json:"met"`
	// What no table with a callback in Go can go below, where that is what keeps the target from being met.
	Floor string `json:"floor,omitempty"`
}

// targets are those whose rows were measured.
func targets(report Report) (found []TargetMet) {
	add := func(name string, atMost, measured float64) *TargetMet {
		found = append(found, TargetMet{Name: name, AtMost: atMost, Measured: measured, Met: measured <= atMost})
		return &found[len(found)-1]
	}
	for _, row := range report.Calls {
		switch {
		case row.Name != "outlive":
		case row.Threads == 1:
			add("a call / cgo.Handle's, 1 thread", 1, row.ToHandle)
		default:
			target := add("a call / cgo.Handle's, 2 threads", 0.75, row.ToHandle)
			target.Floor = floor(report.Calls, row.Threads, *target)
		}
	}
	for _, row := range report.Tables {
		if row.Name == "outlive" {
			add("hold and release, in microseconds", 2.5, row.Median/1000)
		}
	}
	if len(report.Hubs) == 2 {
		add("CPU per frame, native / Go handler", 1, report.Hubs[1].CPUPerFrame/report.Hubs[0].CPUPerFrame)
	}
	return found
}

// floor says so where a call into a Go function that looks nothing up costs more than a target allows.
func floor(calls []CallCost, threads int, target TargetMet) string {
	for _, row := range calls {
		if row.Name == "go" && row.Threads == threads && row.ToHandle > target.AtMost {
			return fmt.Sprintf("a Go function that looks nothing up takes %.2f", row.ToHandle)
		}
	}
	return ""
}
