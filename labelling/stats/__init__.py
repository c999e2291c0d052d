"""The arithmetic of labelling: arrays in, arrays out. Imports numpy and nothing of the rest of the product.

uncertainty   how unsure a model is of each prediction
selection     which predictions to label, each with the probability with which it was chosen
estimate      accuracy of a population from a sample with known inclusion probabilities
agreement     how far labellers agree: alpha with its interval, kappas, AC1, single classes, every two labellers
truth         what is true, given labels of unequal workers
calibration   posteriors that mean what they say
workers       who can be relied on
stopping      one more label, or enough?
price         the shadow price of a label, steered to a wanted average
forecast      what is still to come
"""
