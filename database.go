package main

import (
	"context"
	"errors"
	"fmt"

	"dukani/models"
	"dukani/seed"
)

// openStore opens the database, which belongs to one bank and one merchant.
func openStore(ctx context.Context, cfg *config, alone bool) (*models.Store, error) {
	owner := models.Owner{Bank: cfg.Bank, Merchant: cfg.ClientID}
	store, err := models.OpenFor(ctx, cfg.Database, models.Access{Owner: owner, Alone: alone})
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	if !cfg.simulated() { // one that was tried before databases had owners
		var demo bool
		if demo, err = store.HasCustomer(ctx, seed.DemoEmail); demo {
			err = fmt.Errorf("DATABASE_URL has the demo customer %s, whose password everybody knows: start with another file", seed.DemoEmail)
		}
		if err == nil {
			if demo, err = store.HasStaff(ctx, seed.DemoStaffEmail); demo {
				err = fmt.Errorf("DATABASE_URL has the demo manager %s, whose password everybody knows: start with another file", seed.DemoStaffEmail)
			}
		}
	}
	if err == nil {
		err = store.Claim(ctx, owner)
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}
