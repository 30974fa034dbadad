package handlers

import (
	"strconv"

	"dukani/models"
	"dukani/views"
)

// addDestination puts into the page where the reorder goes and to whom its mails go, and
// the other addresses to choose from.
func addDestination(l models.Lang, r *models.Reorder, v *views.Reorder) {
	v.To = &views.Destination{
		Delivery: views.DeliveryName(string(l), string(r.To.Delivery)), Address: views.Address(string(l), r.To.Region, r.To.City, r.To.Street),
		Name: r.To.Name, Phone: views.Phone(r.To.Phone), Email: r.Email, Note: r.Note,
	}
	v.AskWhere = r.AskWhere
	if r.To.Delivery == models.Pickup {
		return
	}
	own := false // whether the order's address is in the book
	for _, x := range r.Book {
		own = own || x.SamePlace(r.Of)
		v.Book = append(v.Book, views.Option{
			Value: strconv.FormatInt(x.ID, 10), Label: addressText(l, x), Selected: !r.AskWhere && x.ID == r.To.ID,
		})
	}
	if !own {
		v.Book = append(v.Book, views.Option{
			Value: strconv.FormatInt(models.AsOrdered, 10), Label: views.T(string(l), "reorder.as_ordered", addressText(l, r.Was())),
			Selected: !r.AskWhere && r.To.ID == 0,
		})
	}
}

// addressText is an address and its recipient; for a pickup, the place of the pickup.
func addressText(l models.Lang, x models.Address) string {
	if x.Delivery == models.Pickup {
		return views.DeliveryName(string(l), string(x.Delivery)) + ", " + x.Name
	}
	return views.Address(string(l), x.Region, x.City, x.Street) + ", " + x.Name
}
