"""Declare, check, synthesize, review and operate services on AWS Fargate behind one load balancer."""
