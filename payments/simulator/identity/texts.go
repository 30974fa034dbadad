package identity

// words is a text in both languages.
type words struct{ ka, en string }

func (w words) in(lang string) string {
	if lang == "en" {
		return w.en
	}
	return w.ka
}

var texts = map[string]words{
	"name":         {"ბანკის ანგარიში (სიმულაცია)", "Bank ID (simulated)"},
	"banner":       {"ეს სიმულაციაა: ნამდვილი ბანკი აქ არ არის და არავინ მოწმდება.", "This is a simulation: there is no real bank here, and nobody is checked."},
	"title":        {"ვინ შედის?", "Who is signing in?"},
	"client":       {"საიტი, რომელიც გთხოვთ შესვლას:", "The site that asks you to sign in:"},
	"shares":       {"საიტი მიიღებს თქვენს სახელსა და ელფოსტას.", "The site will be given your name and e-mail."},
	"who":          {"აირჩიეთ ადამიანი", "Choose a person"},
	"nino":         {"ნინო კაპანაძე", "Nino Kapanadze"},
	"nino.hint":    {"nino@example.ge, ელფოსტა დადასტურებულია", "nino@example.ge, the e-mail is confirmed"},
	"newcomer":     {"გიორგი ბერიძე", "Giorgi Beridze"},
	"new.hint":     {"ელფოსტას თქვენ წერთ", "you type the e-mail"},
	"email":        {"გიორგის ელფოსტა", "Giorgi's e-mail"},
	"email.wrong":  {"ჩაწერეთ ელფოსტა, მაგალითად giorgi@example.ge.", "Enter an e-mail, for example giorgi@example.ge."},
	"verified":     {"ელფოსტა დადასტურებულია", "The e-mail is confirmed"},
	"continue":     {"თანახმა ვარ, გაგრძელება", "Agree and continue"},
	"refuse":       {"უარი", "Refuse"},
	"stranger":     {"ამ საიტს არ ვიცნობთ", "This site is not known here"},
	"stranger.why": {"client_id ან redirect_uri არ ემთხვევა იმას, რაც აქ არის მითითებული.", "Its client_id or redirect_uri is not the one that is set up here."},
}
