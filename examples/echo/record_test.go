package echo

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gowsrm/wsrm/rm"
	"github.com/gowsrm/wsrm/soap"
	"github.com/gowsrm/wsrm/window"
)

func TestRecord(t *testing.T) {
	for _, test := range []struct {
		name    string
		numbers []window.Number
		want    SessionReport
	}{
		{"nothing", nil, SessionReport{}},
		{"in order", []window.Number{1, 2, 3}, SessionReport{Count: 3, First: 1, Last: 3}},
		{"overtaken", []window.Number{1, 3, 2, 4}, SessionReport{Count: 4, First: 1, Last: 4, OutOfOrder: 1}},
		{"twice", []window.Number{1, 2, 2, 3}, SessionReport{Count: 4, First: 1, Last: 3, Duplicates: 1}},
		{"twice, late", []window.Number{1, 2, 3, 1}, SessionReport{Count: 4, First: 1, Last: 1, Duplicates: 1}},
		{"backwards", []window.Number{3, 2, 1}, SessionReport{Count: 3, First: 3, Last: 1, OutOfOrder: 2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var r record
			for _, n := range test.numbers {
				r.delivered(&rm.Message{Envelope: soap.New(ActionNext, Next{}), Number: n})
			}
			require.Equal(t, test.want, r.report())
		})
	}
}

// What is remembered does not grow without bound, and says how much is missing.
func TestRecordsAreBounded(t *testing.T) {
	var service Service
	sessions := make([]rm.Session, maxRecords+2)
	for i := range sessions {
		_, err := service.Accept(t.Context(), &sessions[i])
		require.NoError(t, err)
	}
	r := service.Report()
	require.Len(t, r.Sessions, maxRecords)
	require.Equal(t, maxRecords+2, r.Open)
	require.Equal(t, 2, r.Forgotten)

	service.Trace(rm.Event{Kind: rm.Closed, Session: &sessions[0]})
	service.Trace(rm.Event{Kind: rm.Closed, Session: &sessions[maxRecords+1]})
	service.Trace(rm.Event{Kind: rm.Closed}) // of a session that never was
	r = service.Report()
	require.Equal(t, maxRecords, r.Open)
	require.True(t, r.Sessions[maxRecords-1].Closed)
	require.False(t, r.Sessions[0].Closed)
}
