package models

// Delivery is a way of handing an order over.
type Delivery string

// The ways the shop delivers.
const (
	Courier  Delivery = "tbilisi"  // courier in Tbilisi
	City     Delivery = "city"     // other cities and towns
	Mountain Delivery = "mountain" // mountain villages
	Pickup   Delivery = "pickup"   // the shop's own counter
)

// FreeDeliveryFrom is the value of goods from which delivery in Tbilisi and to
// other cities costs nothing.
const FreeDeliveryFrom Tetri = 150_00

// DeliveryOption is what a Delivery costs and how long it takes.
type DeliveryOption struct {
	Delivery         Delivery
	Price            Tetri // before the free-delivery rule
	CanBeFree        bool  // free from FreeDeliveryFrom on
	MinDays, MaxDays int   // working days; both 0: ready the same day
}

// DeliveryOptions lists the shop's ways of delivery in the order they are
// offered.
func DeliveryOptions() []DeliveryOption {
	return []DeliveryOption{
		{Delivery: Courier, Price: 5_00, CanBeFree: true, MinDays: 1, MaxDays: 2},
		{Delivery: City, Price: 8_00, CanBeFree: true, MinDays: 2, MaxDays: 4},
		{Delivery: Mountain, Price: 15_00, MinDays: 4, MaxDays: 7},
		{Delivery: Pickup},
	}
}

// Cost returns what the delivery of goods worth items costs.
func (o DeliveryOption) Cost(items Tetri) Tetri {
	if o.CanBeFree && items >= FreeDeliveryFrom {
		return 0
	}
	return o.Price
}

// Option returns what d costs and how long it takes, and whether the shop offers it.
func (d Delivery) Option() (DeliveryOption, bool) {
	for _, o := range DeliveryOptions() {
		if o.Delivery == d {
			return o, true
		}
	}
	return DeliveryOption{}, false
}

// Regions lists the keys of Georgia's regions, as an address names them.
func Regions() []string {
	return []string{
		"tbilisi", "adjara", "guria", "imereti", "kakheti", "mtskheta_mtianeti", "racha",
		"samegrelo", "samtskhe_javakheti", "kvemo_kartli", "shida_kartli",
	}
}
