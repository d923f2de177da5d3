package main

// TargetMet is a ratio that is to be reached.
type TargetMet struct {
	Name     string  `json:"name"`
	AtMost   float64 `json:"at_most"`
	Measured float64 `json:"measured"`
	Met      bool    `json:"met"`
}

// targets are those whose rows were measured.
func targets(report Report) (found []TargetMet) {
	add := func(name string, atMost, measured float64) {
		found = append(found, TargetMet{name, atMost, measured, measured <= atMost})
	}
	for _, row := range report.Calls {
		switch {
		case row.Name != "outlive":
		case row.Threads == 1:
			add("a call / cgo.Handle's, 1 thread", 1.25, row.ToHandle)
		default:
			add("a call / cgo.Handle's, 2 threads", 1, row.ToHandle)
		}
	}
	if len(report.Hubs) == 2 {
		add("CPU per frame, native / Go handler", 1, report.Hubs[1].CPUPerFrame/report.Hubs[0].CPUPerFrame)
	}
	return found
}
