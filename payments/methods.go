package payments

import (
	"context"
	"slices"

	"dukani/models"
	"dukani/payments/bog"
)

// Methods returns the ways to pay that the shop offers now, in the order in which they are shown:
// those of Config.Methods, unless staff or the bank have decided otherwise. There is always one,
// because a shop without any sells nothing.
func (d *Desk) Methods(ctx context.Context) ([]models.Method, error) {
	switches, err := d.store.MethodSwitches(ctx)
	if err != nil {
		return nil, err
	}
	var offered []models.Method
	for _, m := range models.Methods() {
		is := slices.Contains(d.methods, m)
		for _, s := range switches {
			if s.Method == m {
				is = s.Offered
			}
		}
		if is {
			offered = append(offered, m)
		}
	}
	if len(offered) == 0 {
		return d.methods[:1], nil
	}
	return offered, nil
}

// captureBy is how the bank takes the money of a payment by m: a shop that holds payments is paid at
// once by a method that cannot be held (bog-api.md §10).
func (d *Desk) captureBy(m models.Method) bog.Capture {
	if !m.Rules().Hold {
		return bog.CaptureAutomatic
	}
	return d.capture
}
