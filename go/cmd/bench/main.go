// Bench measures callback tables in Go side by side: a call from C, hold and release of a table, and
// a hub with an event loop in Go beside the native one.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
)

// Report is a whole run. Times are in nanoseconds.
type Report struct {
	Calls   []CallCost  `json:"calls,omitempty"`
	Tables  []TableCost `json:"tables,omitempty"`
	Hubs    []HubCost   `json:"hubs,omitempty"`
	Targets []TargetMet `json:"targets"`
}

// Plan is how much is measured.
type Plan struct {
	Rounds int
	Calls  int // of a sample
	Tables int // of a sample
	Frames int // of a sample
}

func main() {
	asJSON := flag.Bool("json", false, "print one JSON object")
	quick := flag.Bool("quick", false, "take few and short samples: for a test, not for figures")
	strict := flag.Bool("strict", false, "fail if a target is not met")
	only := flag.String("only", "", "measure only `calls`, tables or hubs")
	hub := flag.String("hub", "", "be the hub that is measured, with this handler")
	directory := flag.String("directory", "", "where the hub listens")
	flag.Parse()
	if *hub != "" {
		exitOn(serve(*hub, *directory))
		return
	}
	plan := Plan{Rounds: 25, Calls: 200_000, Tables: 3000, Frames: 100_000}
	if *quick {
		plan = Plan{Rounds: 3, Calls: 10_000, Tables: 200, Frames: 4000}
	}
	report, err := measure(plan, *only)
	exitOn(err)
	exitOn(print(os.Stdout, report, *asJSON))
	for _, target := range report.Targets {
		if *strict && !target.Met {
			exitOn(fmt.Errorf("not all targets are met"))
		}
	}
}

func measure(plan Plan, only string) (report Report, err error) {
	wants := func(part string) bool { return only == "" || only == part }
	if wants("calls") {
		if report.Calls, err = measureCalls(plan); err != nil {
			return
		}
	}
	if wants("tables") {
		if report.Tables, err = measureTables(plan); err != nil {
			return
		}
	}
	if wants("hubs") {
		if report.Hubs, err = measureHubs(plan); err != nil {
			return
		}
	}
	report.Targets = targets(report)
	return
}

func print(out io.Writer, report Report, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(report)
	}
	if report.Calls != nil {
		fmt.Fprintf(out, "One call from a thread of C's, CPU time of that thread\n%-18s%8s%12s%10s%11s\n",
			"", "threads", "median ns", "min ns", "to handle")
		for _, row := range report.Calls {
			fmt.Fprintf(out, "%-18s%8d%12.1f%10.1f%10.2fx\n", row.Name, row.Threads, row.Median, row.Min, row.ToHandle)
		}
	}
	if report.Tables != nil {
		fmt.Fprintf(out, "\nHold and release of a table\n%-18s%14s%14s%12s\n", "", "ns both", "per second", "to handle")
		for _, row := range report.Tables {
			fmt.Fprintf(out, "%-18s%14.0f%14.0f%11.2fx\n", row.Name, row.Median, row.PerSecond, row.ToHandle)
		}
	}
	if report.Hubs != nil {
		fmt.Fprintf(out, "\nA hub with two clients, CPU time of its whole process\n%-18s%14s%16s\n",
			"", "frames/s", "CPU ns/frame")
		for _, row := range report.Hubs {
			fmt.Fprintf(out, "%-18s%14.0f%16.0f\n", row.Handler, row.FramesPerSecond, row.CPUPerFrame)
		}
	}
	fmt.Fprintln(out, "\nTargets")
	for _, target := range report.Targets {
		verdict := "met"
		if !target.Met {
			verdict = "not met"
		}
		if target.Floor != "" {
			verdict += ": " + target.Floor
		}
		fmt.Fprintf(out, "%-44s at most %.2f  %.2f  %s\n", target.Name, target.AtMost, target.Measured, verdict)
	}
	return nil
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
