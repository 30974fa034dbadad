package apitest

// match finds the call that a request to the simulator is; nil for none.
func (d *description) match(method, path string) *operation {
	for _, op := range d.operations {
		if op.path != nil && op.method == method && op.path.MatchString(path) {
			return op
		}
	}
	return nil
}
