package handlers

import (
	"strconv"

	"dukani/models"
	"dukani/views"
)

// destination writes into the page where the reorder goes and whom it is told to, and
// which other addresses there are.
func destination(l models.Lang, again *models.Reorder, v *views.Reorder) {
	v.To = &views.Destination{
		Delivery: views.DeliveryName(string(l), string(again.To.Delivery)), Address: views.Address(string(l), again.To.Region, again.To.City, again.To.Street),
		Name: again.To.Name, Phone: views.Phone(again.To.Phone), Email: again.Email, Note: again.Note,
	}
	v.AskWhere = again.AskWhere
	if again.To.Delivery == models.Pickup {
		return
	}
	own := false // the order's address is in the book
	for _, x := range again.Book {
		own = own || x.SamePlace(again.Of)
		v.Book = append(v.Book, views.Option{
			Value: strconv.FormatInt(x.ID, 10), Label: whereTo(l, x), Selected: !again.AskWhere && x.ID == again.To.ID,
		})
	}
	if !own {
		v.Book = append(v.Book, views.Option{
			Value: strconv.FormatInt(models.AsOrdered, 10), Label: views.T(string(l), "reorder.as_ordered", whereTo(l, again.Was())),
			Selected: !again.AskWhere && again.To.ID == 0,
		})
	}
}

// whereTo names a door and who opens it; for a pickup, where it is handed over.
func whereTo(l models.Lang, x models.Address) string {
	if x.Delivery == models.Pickup {
		return views.DeliveryName(string(l), string(x.Delivery)) + ", " + x.Name
	}
	return views.Address(string(l), x.Region, x.City, x.Street) + ", " + x.Name
}
