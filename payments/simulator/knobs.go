package simulator

import "slices"

// knob is one question of the panel.
type knob struct {
	Name, TestID, Label string
	Groups              []knobGroup
}

// knobGroup is a part of the answers; without a label they stand by themselves.
type knobGroup struct {
	Label   string
	Choices []knobChoice
}

type knobChoice struct {
	Value, Text string
	Chosen      bool // never the first, which is chosen unless another is
}

// option is a possible answer. The empty one leaves the matter to the card and
// the settings.
type option struct {
	Value string
	Group words
	Text  words
}

var asIs = option{Text: words{"ბარათისა და პარამეტრების მიხედვით", "As the card and the settings say"}}

// outcomeOptions are the response codes in the words of the test cards.
var outcomeOptions = func() []option {
	options := []option{asIs}
	for _, does := range behaviours {
		if !slices.ContainsFunc(options, func(o option) bool { return o.Value == does.Code }) {
			options = append(options, option{Value: does.Code, Text: does.Text})
		}
	}
	return options
}()

var settleOptions = []option{
	asIs,
	{Value: "0", Text: words{"მყისიერად", "None"}},
	{Value: "5000", Text: words{"5 წამი", "5 seconds"}},
	{Value: "30000", Text: words{"30 წამი", "30 seconds"}},
	{Value: "-1", Text: words{"უსასრულოდ — პასუხი არ მოვა", "For ever — no answer comes"}},
}

// callbackOptions are all modes; the panel calls two copies "twice".
var callbackOptions = func() (options []option) {
	for _, m := range callbackModes {
		if m.Name == ModeDuplicate {
			m.Name = choiceTwice
		}
		options = append(options, option{m.Name, m.Group, m.Text})
	}
	return options
}()

var laterOptions = []option{
	asIs,
	{Value: laterSucceed, Text: words{"შესრულდეს", "Succeed"}},
	{Value: laterReject, Text: words{"უარყოფილ იქნეს", "Are rejected"}},
	{Value: laterSlow, Text: words{"შესრულდეს 15 წამის შემდეგ", "Take 15 seconds"}},
	{Value: laterNever, Text: words{"უპასუხოდ დარჩეს", "Never end"}},
}

// knobs are the questions of the panel in a language.
func (p panel) knobs(lang string) []knob {
	ask := func(name, chosen string, label words, options []option) knob {
		k := knob{Name: "sim_" + name, TestID: "sim-" + name, Label: label.in(lang)}
		for i, o := range options {
			if n := len(k.Groups); n == 0 || k.Groups[n-1].Label != o.Group.in(lang) {
				k.Groups = append(k.Groups, knobGroup{Label: o.Group.in(lang)})
			}
			group := &k.Groups[len(k.Groups)-1]
			group.Choices = append(group.Choices, knobChoice{o.Value, o.Text.in(lang), i > 0 && o.Value == chosen})
		}
		return k
	}
	return []knob{
		ask("outcome", p.Outcome, words{"გადახდის შედეგი", "Outcome of the payment"}, outcomeOptions),
		ask("settle", p.Settle, words{"დამუშავების დრო", "Time in processing"}, settleOptions),
		ask("callback", p.Callback, words{"მაღაზიისთვის გასაგზავნი შეტყობინება (callback)", "Callback to the shop"}, callbackOptions),
		ask("later", p.Later, words{"შემდგომი ოპერაციები: დაბრუნება, დადასტურება, გაუქმება", "Later refunds, approvals, cancellations"}, laterOptions),
	}
}
