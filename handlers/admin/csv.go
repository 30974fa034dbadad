package admin

import (
	"bufio"
	"context"
	"encoding/csv"
	"strconv"
	"time"

	"dukani/models"
)

// csvTime bounds how long a download may take.
const csvTime = 10 * time.Minute

// sendCSV answers with a file of the given name: its head, and the lines that write hands over
// one by one. A download that fails half-way is cut short, and the log says why.
func (v visit) sendCSV(name string, head []string, write func(ctx context.Context, line func(...string) error) error) error {
	v.Attachment(name + ".csv")
	v.Type("csv", "utf-8")
	log := v.app.Log
	v.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		// The request is over when its head is sent, and so is its context.
		ctx, cancel := context.WithTimeout(context.Background(), csvTime)
		defer cancel()
		_, _ = w.WriteString("\uFEFF") // tells Excel that this is UTF-8
		out := csv.NewWriter(w)
		_ = out.Write(head)
		err := write(ctx, func(fields ...string) error {
			if err := out.Write(fields); err != nil {
				return err
			}
			out.Flush()
			return out.Error()
		})
		out.Flush()
		if err != nil {
			log.WarnContext(ctx, "a download was cut short", "file", name, "err", err)
		}
	})
	return nil
}

// csvAmount is an amount as programs read it: in lari, with a point and two decimals.
func csvAmount(t models.Tetri) string {
	sign := ""
	if t < 0 {
		sign, t = "-", -t
	}
	return sign + strconv.FormatInt(int64(t)/100, 10) + "." + strconv.FormatInt(100+int64(t)%100, 10)[1:]
}
