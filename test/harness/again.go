package harness

// RunWith starts the process again with more in its environment, for this once. It answers whether the process became
// ready; one that is to end itself may have done so before.
func (s *Server) RunWith(env ...string) (ready bool) {
	s.t.Helper()
	lasting := s.env
	s.env = append(lasting[:len(lasting):len(lasting)], env...)
	defer func() { s.env = lasting }()
	return s.run()
}

// Ends is closed when the process that runs now has ended, whoever ended it.
func (s *Server) Ends() <-chan struct{} { return s.exited }
