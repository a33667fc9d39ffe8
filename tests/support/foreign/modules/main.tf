# Terraform as many projects have it: modules, for_each, locals, rules inside of security groups, hosts instead of paths.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "edit" {
  type    = string
  default = ""
}

provider "aws" {
  region = "eu-west-1"
}

locals {
  services = {
    for name, port in { web = 8080, api = var.edit == "port" ? 9090 : 8081 } : name => {
      port                  = port
      image                 = var.edit == "image" && name == "api" ? "nginx:1.29" : "nginx:1.28"
      count                 = var.edit == "count" ? 3 : 2
      hosts                 = ["${name}.example.com"]
    }
    if !(var.edit == "removed" && name == "api")
  }
  cluster = var.edit == "cluster" ? "market" : "shop"
}

module "network" {
  source = "./network"
  blocks = { a = "10.0.1.0/24", b = "10.0.2.0/24" }
}

resource "aws_security_group" "balancer" {
  name   = "balancer"
  vpc_id = module.network.vpc
  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = var.edit == "closed" ? ["10.0.0.0/8"] : ["0.0.0.0/0"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_lb" "this" {
  name            = "shop"
  security_groups = [aws_security_group.balancer.id]
  subnets         = values(module.network.subnets)
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_ecs_cluster" "this" {
  name = local.cluster
}

module "service" {
  source   = "./service"
  for_each = local.services
  name     = each.key
  settings = each.value
  cluster  = aws_ecs_cluster.this.id
  vpc      = module.network.vpc
  subnets  = values(module.network.subnets)
  listener = aws_lb_listener.http.arn
  balancer = aws_security_group.balancer.id
}
