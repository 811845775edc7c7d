module github.com/gowsrm/wsrm/examples/roundtripper/gowsdl

go 1.26

require github.com/gowsrm/wsrm v0.0.0

require (
	github.com/beevik/etree v1.8.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/hooklift/gowsdl v0.5.0
)

replace github.com/gowsrm/wsrm => ../../..
