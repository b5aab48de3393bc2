"""What is learned from labelled mail: features, linear models, their training and their trial."""
