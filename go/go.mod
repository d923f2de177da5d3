module outlive.dev/go

go 1.24
