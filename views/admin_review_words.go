package views

// ReviewWords is what a kind of review item means, in words.
type ReviewWords struct {
	Title    string
	Happened string
	Means    string // for money and goods
}

// WordsOfReview returns the words for a kind of review item.
func WordsOfReview(lang, kind string) ReviewWords {
	key := "admin.review.kind." + kind
	return ReviewWords{T(lang, key+".title"), T(lang, key+".happened"), T(lang, key+".means")}
}
