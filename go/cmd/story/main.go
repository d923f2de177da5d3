// Story shows the crash that outlive is for, with the code that is wrong beside what happens, the same program without
// it, and the code that is right.
package main

import (
	"flag"
	"fmt"
	"os"

	"outlive.dev/go/internal/story"
)

func main() {
	story.Child()
	short := flag.Bool("short", false, "force fewer collections")
	flag.Parse()
	size := story.Full
	if *short {
		size = story.Short
	}
	if err := story.Run(os.Stdout, size); err != nil {
		fmt.Fprintln(os.Stderr, "story:", err)
		os.Exit(1)
	}
}
